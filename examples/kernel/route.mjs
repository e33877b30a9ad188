// route.mjs DST [SRC]: what the kernel would do with a packet, policy routing included, and whether it knows the next hop's MAC address.
import { KernelRefusal, NetlinkSocket, parseIp, rtnl } from 'nicsteer/kernel'

const [dst = '127.0.0.1', src] = process.argv.slice(2)
const socket = NetlinkSocket.open('route')
try {
  const route = rtnl.lookupRoute(socket, { dst: parseIp(dst), ...(src && { src: parseIp(src) }) })
  const device = route.oif && rtnl.getLink(socket, route.oif)
  const via = route.gateway ? ` via ${route.gateway}` : ''
  console.log(
    `${dst}: ${route.type}, table ${route.table}${via}, device ${device?.name ?? 'none'}, source ${route.prefsrc ?? 'none'}`,
  )
  if (device && route.type === 'unicast') {
    const neighbour = rtnl.getNeighbour(socket, device.ifindex, route.gateway ?? parseIp(dst))
    console.log(`next hop: ${neighbour?.valid ? neighbour.mac : 'not resolved'}`)
  }
} catch (error) {
  if (!(error instanceof KernelRefusal)) throw error
  console.log(`${dst}: ${error.errnoName}`) // ENETUNREACH, EACCES …
}
socket[Symbol.dispose]()
