export { type Action, type ActionCommon, type HwStats, MAX_ACTIONS, type RawAction } from './action.js'
export type { Csum, CsumTarget } from './actions/csum.js'
export type { Ct, CtHelper, Nat } from './actions/ct.js'
export type { Gact } from './actions/gact.js'
export type { Mirred } from './actions/mirred.js'
export type { Mpls, MplsOperation } from './actions/mpls.js'
export type { Pedit, PeditCommand, PeditHeader, PeditKey } from './actions/pedit.js'
export type { Police } from './actions/police.js'
export type { Sample } from './actions/sample.js'
export type { SkbEdit } from './actions/skbedit.js'
export type { EncapOptions, TunnelKeySet, TunnelKeyUnset } from './actions/tunnel-key.js'
export type { Vlan, VlanOperation } from './actions/vlan.js'
export { asNew } from './as-new.js'
export type { BpfFilter } from './bpf.js'
export { addChain, type Chain, type ChainPlace, deleteChain, listChains } from './chain.js'
export { ETH_P_8021AD, ETH_P_8021Q, ETH_P_ALL, ETH_P_ARP, ETH_P_IP, ETH_P_IPV6 } from './constants.js'
export type { Control, ControlName } from './control.js'
export {
  type DeleteOutcome,
  type DumpOptions,
  deleteFilters,
  deleteFiltersAsync,
  dumpFilters,
  dumpFiltersAsync,
  type Estimator,
  type Filter,
  type FilterPlace,
  type FilterRef,
  getFilter,
  type InstallOptions,
  type InstallOutcome,
  installFilters,
  installFiltersAsync,
  installWithClsact,
  isFlower,
  type Parent,
} from './filter.js'
export { type FilterFlags, flagsFromBits } from './filter-flags.js'
export { actionsText, matchText } from './fingerprint.js'
export type { FlowerFilter } from './flower.js'
export type { FlowerMatch, GeneveOption, MplsEntry, TunnelOptions } from './match.js'
export type { MatchallFilter } from './matchall.js'
export { findMisread, type Misread } from './misread.js'
export { offerFilter } from './offer.js'
export type { OtherFilter } from './other-filter.js'
export {
  addQdisc,
  deleteQdisc,
  ensureClsact,
  ingressQdisc,
  listQdiscs,
  type Qdisc,
  type QdiscOptions,
} from './qdisc.js'
export { doTheSame } from './same-actions.js'
export type { ActionAge, ActionStats, Counters } from './stats.js'
