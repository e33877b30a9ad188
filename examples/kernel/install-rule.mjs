// install-rule.mjs DEVICE TUNNEL: installs an encap rule on DEVICE, towards the external-mode GENEVE device TUNNEL, says what hardware and
// kernel made of it, and removes it again.
import { KernelRefusal, NetlinkSocket, parseIp, parseMac, rtnl, tc } from 'nicsteer/kernel'

const [device = 'pf0vf0', tunnel = 'genev_sys_6081'] = process.argv.slice(2)
const socket = NetlinkSocket.open('route')
const ifindexOf = (name) => {
  const link = rtnl.getLink(socket, name)
  if (link === undefined) throw new Error(`there is no device ${name}`)
  return link.ifindex
}

const ifindex = ifindexOf(device)
const rule = {
  kind: 'flower',
  ifindex,
  parent: 'ingress',
  chain: 0,
  priority: 100,
  protocol: tc.ETH_P_ALL,
  match: { ethDst: parseMac('02:00:00:00:01:01') },
  actions: [
    {
      kind: 'tunnel_key',
      operation: 'set',
      srcIp: parseIp('10.0.0.1'),
      dstIp: parseIp('10.0.0.11'),
      keyId: 5001,
      dstPort: 6081,
      options: { geneve: [{ class: 0x102, type: 0x80, data: '00010003' }] },
    },
    { kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex: ifindexOf(tunnel) },
  ],
  flags: { verbose: true }, // a driver's refusal comes with its text
}

const made = tc.ensureClsact(socket, ifindex) === 'added'
const [{ error, warning, installed }] = tc.installFilters(socket, [rule], { echo: true })
if (error) throw error
console.log(
  `handle ${installed.handle}: ${installed.flags.inHw ? `in hardware (${installed.inHwCount})` : 'in software'}`,
)
if (warning) console.log(`the driver says: ${warning}`)
tc.deleteFilters(socket, [installed])

// What the kernel refuses comes with its own words and the name of the attribute.
const long = { ...rule, actions: [{ kind: 'gact', control: 'drop', cookie: '00'.repeat(17) }] }
const [outcome] = tc.installFilters(socket, [long])
if (outcome.error instanceof KernelRefusal) {
  const { errnoName, attribute, policy } = outcome.error
  console.log(`refused: ${errnoName}, ${attribute} may have ${policy.maxLength} bytes`)
}
if (made) tc.deleteQdisc(socket, ifindex)
socket[Symbol.dispose]()
