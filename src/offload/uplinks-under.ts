import type { Ifindex } from '../base/types.js'
import type { rtnl } from '../kernel/index.js'
import type { Bridges } from '../ovs/bridges.js'

/** Devices on top of devices end somewhere. */
const DEPTH = 4

/** The uplink itself, or that under a device on top of it: a VLAN; of an Open vSwitch port those of its bridge. */
export function uplinksUnder<U extends Pick<rtnl.Link, 'name' | 'ifindex'>>(
  device: rtnl.Link | undefined,
  uplinks: readonly U[],
  bridges: Bridges,
  linkOf: (ifindex: Ifindex) => rtnl.Link | undefined,
): U[] {
  for (let at = device, depth = 0; at !== undefined && depth < DEPTH; depth += 1) {
    const { ifindex, name, linkIfindex, linkNetnsid } = at
    const own = uplinks.find((uplink) => uplink.ifindex === ifindex)
    if (own !== undefined) return [own]
    const bridge = bridges.get(name)
    if (bridge !== undefined) return uplinks.filter((uplink) => bridge.includes(uplink.name))
    at = linkIfindex === undefined || linkNetnsid !== undefined ? undefined : linkOf(linkIfindex)
  }
  return []
}
