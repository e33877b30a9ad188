export { type Action, type ActionCommon, type HwStats, MAX_ACTIONS, type RawAction } from './action.js'
export type { Csum, CsumTarget } from './actions/csum.js'
export type { Gact } from './actions/gact.js'
export type { Mirred } from './actions/mirred.js'
export type { SkbEdit } from './actions/skbedit.js'
export type { EncapOptions, TunnelKeySet, TunnelKeyUnset } from './actions/tunnel-key.js'
export type { Vlan, VlanOperation } from './actions/vlan.js'
export { asNew } from './as-new.js'
export { type Chain, listChains } from './chain.js'
export { ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL, ETH_P_ARP, ETH_P_IP, ETH_P_IPV6 } from './constants.js'
export type { Control, ControlName } from './control.js'
export {
  type DeleteOutcome,
  type DumpOptions,
  deleteFilters,
  dumpFilters,
  type Filter,
  type FilterPlace,
  type FilterRef,
  type InstallOptions,
  type InstallOutcome,
  installFilters,
  installFiltersChunked,
  isFlower,
  type OtherFilter,
  type Parent,
} from './filter.js'
export type { FilterFlags, FlowerFilter } from './flower.js'
export type { FlowerMatch, GeneveOption, TunnelOptions } from './match.js'
export { deleteQdisc, ensureClsact, ingressQdisc, listQdiscs, type Qdisc } from './qdisc.js'
export type { ActionAge, ActionStats, Counters } from './stats.js'
