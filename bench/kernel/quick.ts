import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { ByteWriter } from '../../src/kernel/netlink/bytes.js'
import { writeMessage } from '../../src/kernel/netlink/message.js'
import { NetlinkSocket } from '../../src/kernel/netlink/socket.js'
import { createTunnelDevice, getLink } from '../../src/kernel/rtnl.js'
import { deleteQdisc, dumpFilters, ensureClsact, installFilters } from '../../src/kernel/tc/index.js'
import { filterRequest } from '../../src/kernel/tc/filter-message.js'
import { uapi } from '../../src/kernel/uapi.js'
import { encapRule, tcLine } from './rules.js'

const N = Number(process.argv[2] ?? 10000)
const socket = NetlinkSocket.open('route')
execFileSync('ip', ['link', 'add', 'dummy0', 'type', 'dummy'])
createTunnelDevice(socket, { kind: 'geneve', name: 'gen1', external: true, port: 6081 })
const devices = { name: 'dummy0', ifindex: getLink(socket, 'dummy0')!.ifindex, tunnelName: 'gen1', tunnel: getLink(socket, 'gen1')!.ifindex }
const rules = Array.from({ length: N }, (_, i) => encapRule(i, devices))
execFileSync('gcc', ['-O2', '-o', '/tmp/replay', 'bench/kernel/replay.c'])
let text = ''
for (let i = 0; i < N; i++) text += tcLine(i, devices)
writeFileSync('/tmp/rules.tc', text)
// bytes
const out = new ByteWriter()
const chunks: Buffer[] = []
const flags = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL | uapi.NLM_F_REQUEST | uapi.NLM_F_ACK
for (let i = 0; i < N; ) {
  out.reset()
  let n = 0
  for (; n < 256 && i < N; n++, i++) writeMessage(out, filterRequest('add', uapi.RTM_NEWTFILTER, 0, rules[i]!, { handle: 0, flower: rules[i]! }), flags, i + 1)
  const head = Buffer.alloc(8)
  head.writeUInt32LE(out.length, 0)
  head.writeUInt32LE(n, 4)
  chunks.push(head, Buffer.from(out.written()))
}
writeFileSync('/tmp/rules.bin', Buffer.concat(chunks))
const dumpReq = new ByteWriter()
const header = Buffer.alloc(36)
header.writeUInt32LE(36, 0); header.writeUInt16LE(uapi.RTM_GETTFILTER, 4); header.writeUInt16LE(uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP, 6); header.writeUInt32LE(1, 8)
header.writeUInt32LE(devices.ifindex, 20); header.writeUInt32LE(0xfffffff2, 28)
dumpReq.append(header)
writeFileSync('/tmp/dump.bin', dumpReq.written())

const time = (what: string, f: () => unknown) => { const t = performance.now(); const r = f(); console.log(what, (performance.now() - t).toFixed(0), r ?? '') }
const fresh = () => { deleteQdisc(socket, devices.ifindex); ensureClsact(socket, devices.ifindex) }
ensureClsact(socket, devices.ifindex)
for (let round = 0; round < Number(process.argv[3] ?? 3); round++) {
  time('node', () => { const o = installFilters(socket, rules); return o.filter((x) => x.error).length })
  time('node dump', () => dumpFilters(socket, { ifindex: devices.ifindex, parent: 'ingress' }).length)
  time('c dump', () => execFileSync('/tmp/replay', ['-d', '262144', '/tmp/dump.bin'], { encoding: 'utf8' }))
  time('tc dump', () => execFileSync('sh', ['-c', 'tc -j -s filter show dev dummy0 ingress > /dev/null']).length)
  fresh()
  time('c', () => execFileSync('/tmp/replay', ['/tmp/rules.bin'], { encoding: 'utf8' }))
  fresh()
  if (round === 0) time('tc', () => execFileSync('tc', ['-batch', '/tmp/rules.tc']).length)
  if (round === 0) fresh()
  console.log('rss', process.resourceUsage().maxRSS >> 10)
}
