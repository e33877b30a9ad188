// counters.mjs: the flower rules of all devices with their counters: `terse` leaves out what they match, which is fast enough for polling.
import { NetlinkSocket, rtnl, tc } from 'nicsteer/kernel'

const socket = NetlinkSocket.open('route')
const hooks = new Set(tc.listQdiscs(socket).map(({ ifindex }) => ifindex))
for (const { ifindex, name } of rtnl.listLinks(socket).filter((link) => hooks.has(link.ifindex))) {
  for (const filter of tc.dumpFilters(socket, { ifindex, parent: 'ingress', terse: true }).filter(tc.isFlower)) {
    const { priority, handle, flags, actions } = filter
    const packets = (side) => Math.max(0, ...actions.map(({ stats }) => stats?.[side].packets ?? 0))
    const place = flags?.inHw ? 'in_hw' : 'not_in_hw'
    console.log(
      `${name} prio ${priority} handle ${handle}: ${place}, hardware ${packets('hardware')}, software ${packets('software')} packets`,
    )
  }
}
socket[Symbol.dispose]()
