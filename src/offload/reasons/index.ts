export {
  AREA_NAMES,
  type Area,
  CATALOGUE,
  type CatalogueEntry,
  findEntry,
  type ReasonCode,
} from './catalogue/index.js'
export type { Source } from './entry.js'
export { entryOfText, type Reason, reasonFor } from './reason.js'
export type { SilentRefusal, TunnelUse } from './silent-refusal.js'
export { reasonWithoutText } from './without-text.js'
