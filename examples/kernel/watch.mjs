// watch.mjs [COUNT]: what changes from now on, COUNT events of it (all where missing). It listens before it returns, so what is read
// afterwards misses nothing; `resync` says that events were lost and the state has to be read again.
import { monitor, NetlinkSocket, rtnl } from 'nicsteer/kernel'

const count = Number(process.argv[2] ?? Number.POSITIVE_INFINITY)
const changes = monitor({ groups: ['link', 'neigh', 'route', 'tc'] })
const socket = NetlinkSocket.open('route')
const names = new Map(rtnl.listLinks(socket).map(({ ifindex, name }) => [ifindex, name]))
console.log(`watching ${names.size} links`)

let seen = 0
for await (const event of changes) {
  if (event.kind === 'resync') console.log(`resync: ${event.reason}`)
  else if (event.kind === 'link')
    console.log(`${event.change} link ${event.link.name} ${event.link.up ? 'up' : 'down'}`)
  else if (event.kind === 'neighbour')
    console.log(`${event.change} neighbour ${event.neighbour.ip} ${event.neighbour.state}`)
  else if (event.kind === 'filter')
    console.log(`${event.change} ${event.filter.kind} filter on ${names.get(event.filter.ifindex)}`)
  else console.log(`${'change' in event ? event.change : 'some'} ${event.kind}`)
  seen += 1
  if (seen >= count) break
}
socket[Symbol.dispose]()
