export {
  AREA_NAMES,
  type Area,
  CATALOGUE,
  type CatalogueEntry,
  findEntry,
  type ReasonCode,
} from './catalogue/index.js'
export { KERNEL, OPEN_VSWITCH, type Source } from './entry.js'
export { nearestCodes } from './nearest.js'
export { entryOfText, type Reason, reasonFor } from './reason.js'
export type { SilentRefusal, TunnelUse } from './silent-refusal.js'
export { REASON_SOURCES, type ReasonSource } from './source.js'
export { reasonWithoutText } from './without-text.js'
