import { strict as assert } from 'node:assert'
import { parseIp } from '../../../src/base/types.js'
import type { rtnl, tc } from '../../../src/kernel/index.js'
import { examine } from '../../../src/offload/doctor/examine.js'
import type { KernelPart } from '../../../src/offload/doctor/kernel-parts.js'
import type { ArpSettings, NodeState, PfState, VtepState } from '../../../src/offload/doctor/state.js'
import type { OvsFacts } from '../../../src/ovs/facts.js'
import { HEALTHY, OURS, pciOf } from './sample.js'

/** Changes to a node, other healthy nodes, and what the doctor says of one. */

/** One thing broken: exactly this check turns. */
export type RedCase = [
  id: string,
  title: string,
  broken: NodeState,
  result: 'WARN' | 'FAIL',
  says: RegExp,
  fix: RegExp,
  /** What it was before; HEALTHY where missing. */
  like?: NodeState,
]

/** The same with another first PF. */
export const withPf = (state: NodeState, change: (pf: PfState) => Partial<PfState>): NodeState => ({
  ...state,
  pfs: state.pfs.map((one, k) => (k === 0 ? { ...one, ...change(one) } : one)),
})

export const withOvs = (state: NodeState, change: (ovs: OvsFacts) => Partial<OvsFacts>): NodeState => {
  if (state.ovs === undefined || !('value' in state.ovs)) throw new Error('this state has no Open vSwitch')
  return { ...state, ovs: { value: { ...state.ovs.value, ...change(state.ovs.value) } } }
}

export const withIds = (state: NodeState, ids: Record<string, string>) =>
  withOvs(state, ({ externalIds }) => ({ externalIds: { ...externalIds, ...ids } }))

export const withLink = (state: NodeState, name: string, change: Partial<rtnl.Link>): NodeState => {
  if (!state.links.some((one) => one.name === name)) throw new Error(`this state has no ${name}`)
  return { ...state, links: state.links.map((one) => (one.name === name ? { ...one, ...change } : one)) }
}

export const withVtep = (state: NodeState, change: (vtep: VtepState) => Partial<VtepState>): NodeState => ({
  ...state,
  vteps: state.vteps.map((one, k) => (k === 0 ? { ...one, ...change(one) } : one)),
})

export const withPart = (
  state: NodeState,
  part: KernelPart,
  is: NodeState['kernel']['parts'][KernelPart],
): NodeState => ({
  ...state,
  kernel: { ...state.kernel, parts: { ...state.kernel.parts, [part]: is } },
})

export const resultsOf = (state: NodeState) =>
  new Map(examine(state).findings.map(({ check, result }) => [check.id as string, result]))
export const findingOf = (state: NodeState, id: string) => {
  const found = examine(state).findings.find(({ check }) => check.id === id)
  assert.ok(found, `there is no check ${id}`)
  return found
}

/** The node with a file that wants GENEVE for the first NIC. */
export const WITH_FILE: NodeState = {
  ...HEALTHY,
  wanted: {
    encapsulation: { type: 'geneve', port: 6081, options: 'ovn', ttl: 64 },
    pfs: [pciOf(0), pciOf(1)],
    filters: [OURS],
    representors: ['pf0vf0'],
    tunnels: [],
    findings: [],
    fallback: 'refused',
  },
}
export const wanted = (change: Partial<NonNullable<NodeState['wanted']>>): NodeState => ({
  ...WITH_FILE,
  wanted: { ...WITH_FILE.wanted!, ...change },
})
export const finding = (code: string) => ({ code, text: `text of ${code}`, hint: `hint of ${code}`, path: [] })

export const IPV6: NodeState = {
  ...HEALTHY,
  vteps: HEALTHY.vteps.map((one, k) => ({ ...one, ip: parseIp(`fd00::${k + 1}`) })),
}
export const RECENT: NodeState = { ...HEALTHY, kernel: { ...HEALTHY.kernel, release: '6.12.107+deb13-amd64' } }
/** VXLAN by Open vSwitch, whose port the NICs have to be told. */
export const VXLAN: NodeState = withIds(
  withLink(HEALTHY, 'genev_sys_6081', {
    name: 'vxlan_sys_4789',
    tunnel: { kind: 'vxlan', external: true, port: 4789 },
  }),
  { 'ovn-encap-type': 'vxlan' },
)
export const arp = (state: NodeState, device: string, change: ArpSettings): NodeState => ({
  ...state,
  sysctls: { ...state.sysctls, [device]: { ...state.sysctls[device], ...change } },
})
export const filtersAlso = (...filters: tc.Filter[]): NodeState => ({
  ...HEALTHY,
  filters: [...HEALTHY.filters, ...filters],
})
export const foreign = (change: Partial<tc.FlowerFilter> = {}): tc.FlowerFilter => ({
  ...OURS,
  handle: 7,
  priority: 40,
  match: { ethSrc: OURS.match.ethSrc! },
  actions: [{ kind: 'gact', control: 'drop' } as tc.Action],
  ...change,
})
export const crossing = (from: number, to: number, priority: number) => ({
  ...HEALTHY.rules[1]!,
  priority,
  src: HEALTHY.vteps[from]!.ip,
  dst: HEALTHY.vteps[to]!.ip,
  dstPrefix: 32,
  iifName: 'lo',
})
export const local = HEALTHY.rules[0]!
export const movedLocal = { ...local, priority: 100 }
export const rules = (...more: NodeState['rules'][number][]): NodeState => ({ ...HEALTHY, rules: more })
