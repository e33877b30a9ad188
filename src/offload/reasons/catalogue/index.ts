import type { Entry } from '../entry.js'
import { ACTIONS } from './actions.js'
import { CHAINS } from './chains.js'
import { CONNTRACK } from './conntrack.js'
import { CORE } from './core.js'
import { DECAP } from './decap.js'
import { ENCAP } from './encap.js'
import { FINDING } from './findings.js'
import { FIRMWARE } from './firmware.js'
import { FLOW } from './flows.js'
import { FORWARDING } from './forwarding.js'
import { MATCH } from './match.js'
import { OVS } from './ovs.js'
import { ROUTE } from './route.js'
import { VERDICT } from './verdict.js'

/** By what they are about. */
const AREAS = {
  verdict: VERDICT,
  finding: FINDING,
  flow: FLOW,
  ovs: OVS,
  core: CORE,
  route: ROUTE,
  encap: ENCAP,
  decap: DECAP,
  match: MATCH,
  actions: ACTIONS,
  forwarding: FORWARDING,
  chains: CHAINS,
  conntrack: CONNTRACK,
  firmware: FIRMWARE,
} as const

export type Area = keyof typeof AREAS
/** Every code that a reason can have. */
export type ReasonCode = (typeof AREAS)[Area][number]['code']

export interface CatalogueEntry extends Entry {
  readonly code: ReasonCode
  readonly area: Area
}

export const AREA_NAMES = Object.keys(AREAS) as Area[]

export const CATALOGUE: readonly CatalogueEntry[] = AREA_NAMES.flatMap((area) =>
  AREAS[area].map((entry) => ({ ...entry, area })),
)

const BY_CODE = new Map<string, CatalogueEntry>(CATALOGUE.map((entry) => [entry.code, entry]))

/** In any case of letters; undefined where there is no such code. */
export function findEntry(code: string): CatalogueEntry | undefined {
  return BY_CODE.get(code.toUpperCase())
}

export function entryOf(code: ReasonCode): CatalogueEntry {
  const entry = BY_CODE.get(code)
  if (entry === undefined) throw new TypeError(`no reason ${code}`)
  return entry
}
