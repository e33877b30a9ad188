export type { LinkKind, VethPeer, VlanSettings } from './link/kind.js'
export {
  addAltName,
  createLink,
  createTunnelDevice,
  deleteLink,
  getLink,
  type Link,
  type LinkChange,
  listLinks,
  type NewLink,
  type OperState,
  removeAltName,
  setLink,
  type TunnelDevice,
} from './link/link.js'
export type { LinkStats } from './link/message.js'
export { listCpuHits } from './link/offload-stats.js'
export type { TunnelSettings } from './link/tunnel.js'
export {
  type Address,
  type AddressFlag,
  addAddress,
  deleteAddress,
  type Lifetime,
  listAddresses,
  type NewAddress,
  replaceAddress,
} from './route/address.js'
export {
  addFdbEntry,
  appendFdbEntry,
  deleteFdbEntry,
  type FdbEntry,
  type FdbState,
  listFdb,
  type NewFdbEntry,
  replaceFdbEntry,
} from './route/fdb.js'
export { lookupRoute, matchRoute, type RouteLookup, type RouteQuery } from './route/lookup.js'
export type { RouteMetrics } from './route/message.js'
export {
  addNeighbour,
  deleteNeighbour,
  getNeighbour,
  kickNeighbour,
  listNeighbours,
  listProxyNeighbours,
  type Neighbour,
  type NeighbourState,
  type NewNeighbour,
  replaceNeighbour,
} from './route/neighbour.js'
export type { Nexthop } from './route/nexthop.js'
export { PROTOCOL, SCOPE, TABLE } from './route/numbers.js'
export {
  addRoute,
  appendRoute,
  deleteRoute,
  listRoutes,
  type NewRoute,
  type Route,
  type RoutePreference,
  type RouteType,
  replaceRoute,
} from './route/route.js'
export { addRule, deleteRule, listRules, type NewRule, type Rule, type RuleAction } from './route/rule.js'
