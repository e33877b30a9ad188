// namespace.mjs PATH: makes a veth pair in another network namespace (`/run/netns/NAME`), lists what is there, removes it. A socket stays
// in the namespace it was opened in; the process stays in its own.
import { NetlinkSocket, rtnl } from 'nicsteer/kernel'

const [netns = '/proc/self/ns/net'] = process.argv.slice(2)
const socket = NetlinkSocket.open('route', { netns })
const { ifindex } = rtnl.createLink(socket, { kind: 'veth', name: 'example0', peer: { name: 'example1' } })
rtnl.setLink(socket, ifindex, { up: true, mtu: 1400 })
for (const { name, kind = '-', up, mtu, mac } of rtnl.listLinks(socket)) {
  console.log(`${name}: ${kind}, ${up ? 'up' : 'down'}, MTU ${mtu}, MAC ${mac ?? 'none'}`)
}
rtnl.deleteLink(socket, ifindex)
socket[Symbol.dispose]()
