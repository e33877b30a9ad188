import { type Ifindex, type IpAddress, type MacAddress, parsePciAddress } from '../../../src/base/types.js'
import type { PfInfo, Topology } from '../../../src/node/facts.js'
import type { Desired } from '../../../src/offload/desired.js'
import type { LocalParty, RemoteParty } from '../../../src/offload/explain/endpoints.js'
import { type BesideOvs, lookForWay } from '../../../src/offload/explain/follow.js'
import type { Step } from '../../../src/offload/explain/way.js'
import type { FlowRule } from '../../../src/offload/flows/evidence.js'
import { type FlowFacts, NO_FACTS } from '../../../src/offload/flows/facts.js'
import { judgeDump } from '../../../src/offload/flows/read.js'
import { cookieOfUfid } from '../../../src/offload/flows/rules-of-ovs.js'

export const ip = (text: string) => text as IpAddress
export const mac = (text: string) => text as MacAddress
export const OURS = mac('02:00:00:00:00:01')
export const THEIRS = mac('02:00:00:00:01:01')
export const ROUTER = mac('0a:00:00:00:00:01')

const pf = (k: number): PfInfo => ({
  pci: parsePciAddress(`0000:d${8 + k}:00.0`),
  driver: 'mlx5_core',
  emulated: false,
  uplink: { name: `p${k}`, ifindex: (10 + k) as Ifindex, up: true, carrier: true, mtu: 9000 },
  switchId: `0${k}`,
  eswitchMode: 'switchdev',
  hwTcOffload: 'on',
  vteps: [ip(`10.0.0.${k + 1}`)],
  totalVfs: 8,
  vfs: [0, 1].map((index) => ({
    index,
    pci: parsePciAddress(`0000:d${8 + k}:00.${index + 2}`),
    representor: { name: `pf${k}vf${index}`, ifindex: (20 + 2 * k + index) as Ifindex, up: true },
    netdevs: [],
  })),
})
export const PFS = [pf(0), pf(1)]
export const TOPOLOGY: Topology = {
  nics: PFS.map((one) => ({ switchId: one.switchId, pfs: [one] })),
  addresses: [],
  gaps: [],
  ovsPorts: { representors: ['pf0vf0', 'pf0vf1', 'pf1vf0'], tunnels: [{ type: 'geneve', port: 6081 }] },
}

export function vf(k: number, index: number, own = OURS): LocalParty {
  const found = PFS[k]!
  const one = found.vfs[index]!
  return { kind: 'local', id: { pf: found.pci, index }, pf: found, vf: one, mac: own, ips: [] }
}
export const SENDER = vf(0, 0)
export const RECEIVER: RemoteParty = { kind: 'remote', mac: THEIRS, ips: [] }

const owner = { vf: SENDER.id, pf: SENDER.id.pf, localIp: ip('10.0.0.1'), why: 'ovn-pf-encap-ip-mapping' }
export const FACTS: FlowFacts = {
  ...NO_FACTS,
  owners: new Map([['pf0vf0', owner]]),
  pathOf: ({ localIp, remoteIp }) => ({
    localIp,
    remoteIp,
    exit: localIp === '10.0.0.1' ? 'own-pf' : 'elsewhere',
    ownPf: localIp === '10.0.0.1',
    device: 'p0',
    nextHop: remoteIp,
    neighbour: 'valid',
    ...(localIp !== '10.0.0.1' && { problem: 'leaves by p1' }),
  }),
}

interface Line {
  ufid?: number
  recirc?: number
  port?: string
  dst?: string
  src?: string
  more?: string
  packets?: number
  layer?: 'tc, offloaded' | 'tc' | 'ovs'
  tunnel?: string
  actions: string
}
const ufidOf = (n: number) => `2f1b6c1e-9f53-4a0e-8c4e-${String(n).padStart(12, '0')}`
const ANY_IP = 'eth_type(0x0800),ipv4(src=0.0.0.0/0.0.0.0,dst=0.0.0.0/0.0.0.0,proto=0/0,tos=0/0,ttl=0/0,frag=no)'

/** As dpctl/dump-flows -m prints it. */
export function line({
  ufid = 1,
  recirc = 0,
  port = 'pf0vf0',
  src = OURS,
  dst = THEIRS,
  tunnel,
  ...rest
}: Line): string {
  const { more = ANY_IP, packets = 5, layer = 'tc, offloaded', actions } = rest
  const where = layer === 'tc, offloaded' ? 'offloaded:yes, dp:tc' : `dp:${layer}`
  const id = recirc === 0 ? '0' : `0x${recirc.toString(16)}`
  const from = tunnel === undefined ? '' : `tunnel(${tunnel}),`
  return `ufid:${ufidOf(ufid)}, recirc_id(${id}),${from}in_port(${port}),eth(src=${src},dst=${dst}),${more}, packets:${packets}, bytes:500, used:0.1s, ${where}, actions:${actions}`
}
export const encap = (localIp = '10.0.0.1', remoteIp = '10.0.0.11') =>
  `set(tunnel(tun_id=0x3,src=${localIp},dst=${remoteIp},ttl=64,tp_dst=6081,flags(df|csum|key))),genev_sys_6081`

/** A rule that TC has of a flow of that number. */
export function tcRule(ufid: number, change: Partial<FlowRule> = {}): [string, FlowRule] {
  const rule: FlowRule = {
    filter: { actions: [] } as unknown as FlowRule['filter'],
    device: 'pf0vf0',
    chain: 0,
    priority: 2,
    inHw: true,
    inHwCount: 1,
    hardware: { packets: 5, bytes: 500 },
    software: { packets: 0, bytes: 0 },
    ...change,
  }
  return [cookieOfUfid(ufidOf(ufid)), rule]
}

export async function stepsOf(lines: readonly string[], facts = FACTS): Promise<Step[]> {
  async function* each(): AsyncGenerator<string> {
    yield* lines
  }
  const steps: Step[] = []
  for await (const { item, judged } of judgeDump({ lines: each }, facts)) {
    if (item.kind !== 'flow' || judged === undefined) throw new Error(JSON.stringify(item))
    const rule = facts.rules?.get(cookieOfUfid(judged.flow.ufid ?? ''))
    steps.push({ flow: item.flow, judged, ...(rule !== undefined && { rule }) })
  }
  return steps
}

const LINKS = [{ name: 'genev_sys_6081', up: true }]

export async function besideOvs(
  lines: readonly string[],
  receiver: BesideOvs['seen']['receiver'] = RECEIVER,
  facts = FACTS,
): Promise<BesideOvs> {
  const wanted = { findings: [], rules: [], links: LINKS } as unknown as Desired
  const flows = { steps: await stepsOf(lines, facts), facts }
  return lookForWay({ topology: TOPOLOGY, wanted, flows, maxIdle: 10, sender: SENDER, receiver })
}
