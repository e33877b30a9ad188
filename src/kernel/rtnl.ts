export {
  createTunnelDevice,
  deleteLink,
  getLink,
  type Link,
  type LinkChange,
  listLinks,
  type OperState,
  setLink,
  type TunnelDevice,
} from './link/link.js'
export type { LinkStats } from './link/message.js'
export { listCpuHits } from './link/offload-stats.js'
export type { TunnelSettings } from './link/tunnel.js'
export { listAddresses } from './route/address.js'
export { getNeighbour, kickNeighbour, listNeighbours } from './route/neighbour.js'
export { listRoutes, lookupRoute } from './route/route.js'
export { listRules } from './route/rule.js'
export type {
  Address,
  Neighbour,
  NeighbourState,
  Nexthop,
  Route,
  RouteLookup,
  RouteQuery,
  RouteType,
  Rule,
  RuleAction,
} from './route/types.js'
