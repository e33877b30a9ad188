import { type NetlinkSocket, type rtnl, tc } from '../kernel/index.js'

/**
 * Where a VTEP is on an internal port of Open vSwitch, what an encap rule makes goes to that port's egress, and a rule of Open vSwitch there
 * takes it to the uplink: without it in hardware the encap rule counts packets that software carries on (mlx5 en/tc/int_port.c).
 */
export interface SecondStage {
  /** The internal port. */
  device: string
  /** Its egress rules. Open vSwitch makes them when packets come and takes them away when none do. */
  inHardware: number
  others: number
}

export function secondStageOf(route: NetlinkSocket, { ifindex, name }: rtnl.Link): SecondStage {
  const hasEgress = tc.listQdiscs(route).some((qdisc) => qdisc.ifindex === ifindex && qdisc.kind === 'clsact')
  const rules = hasEgress ? tc.dumpFilters(route, { ifindex, parent: 'egress' }).filter(tc.isFlower) : []
  const inHardware = rules.filter(({ flags }) => flags?.inHw).length
  return { device: name, inHardware, others: rules.length - inHardware }
}
