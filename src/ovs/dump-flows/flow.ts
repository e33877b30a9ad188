import type { Action } from './actions.js'
import { COLON, COMMA, SPACE } from './characters.js'
import { type Item, type KnownItemOf, table } from './grammar.js'
import type { Attribute } from './keys.js'
import { DECIMAL } from './numeral.js'
import { showActions, showItem, showKeys } from './print.js'
import { readKnown, readLastActions, readLastKeys } from './read.js'
import { Scanner } from './scanner.js'
import { afterColon, text, wide, word } from './specs.js'

/** format_dpif_flow() of lib/dpctl.c, dpif_flow_stats_format() of lib/dpif.c */
export const INFO = table({
  packets: afterColon(wide(64, DECIMAL)),
  bytes: afterColon(wide(64, DECIMAL)),
  /** How long ago the last packet came. */
  used: { kind: 'seconds', form: ':' },
  /** TCP flags of all packets, as tcpdump writes them: `SFP.` */
  flags: afterColon(word),
  /** `yes` or `partial`; never `no`. */
  offloaded: afterColon(word),
  /** Where the flow is: `ovs`, `tc`, `dpdk`; `doca` and others in vendors' builds. */
  dp: afterColon(word),
  'dp-extra-info': afterColon(text),
})

/** What a line says about a flow. */
export type Info = KnownItemOf<typeof INFO> | OtherInfo

/** `field:text` of a vendor's build, or of a newer Open vSwitch. */
export interface OtherInfo {
  name: 'other'
  field: string
  text: string
}

/** A line of `dpctl/dump-flows`: all that it says, in its order. */
export interface Flow {
  /** Only with `-m`. */
  ufid: string | undefined
  key: Attribute[]
  /** What stands between the key and the actions. */
  info: Info[]
  actions: Action[]
  /** What stands behind the actions. */
  extra: Info[]
  /** Which of the parts behind the key have no space in front, as in vendors' builds: 0 is the first, the actions are counted too. */
  tight: number[]
}

const PARTS = table({ ...INFO.specs, actions: { kind: 'nothing', form: ':' } })
const UFID_NAME = 'ufid:'

/** @throws DumpFlowsError */
export function parseFlow(line: string): Flow {
  const s = new Scanner(line)
  const ufid = readUfid(s)
  const key = readLastKeys(s) as Attribute[]
  const tight: number[] = []
  const info: Info[] = []
  let actions: Action[] | undefined
  const extra: Info[] = []
  for (let part = 0; actions === undefined || !s.ended; part += 1) {
    if (noSpaceBehindComma(s)) tight.push(part)
    const at = s.at
    const item = readPart(s)
    if (item.name !== 'actions') (actions === undefined ? info : extra).push(item as Info)
    else if (actions !== undefined) throw s.fail('no second list of actions', at)
    else actions = readLastActions(s) as Action[]
  }
  return { ufid, key, info, actions, extra, tight }
}

/** The line that {@link parseFlow} reads as this flow. */
export function printFlow({ ufid, key, info, actions, extra, tight }: Flow): string {
  const parts = [...info.map(showPart), `actions:${showActions(actions)}`, ...extra.map(showPart)]
  const spaced = tight.length === 0 ? parts : parts.map((part, at) => (tight.includes(at) ? part : ` ${part}`))
  const behindKey = tight.length === 0 ? `, ${parts.join(', ')}` : `,${spaced.join(',')}`
  return `${ufid === undefined ? '' : `${UFID_NAME}${ufid}, `}${showKeys(key)}${behindKey}`
}

function readUfid(s: Scanner): string | undefined {
  if (!s.text.startsWith(UFID_NAME)) return undefined
  s.at += UFID_NAME.length
  const ufid = s.uuid()
  s.expect(COMMA)
  s.expect(SPACE)
  return ufid
}

function noSpaceBehindComma(s: Scanner): boolean {
  s.expect(COMMA)
  return !s.skip(SPACE)
}

function readPart(s: Scanner): Item {
  const from = s.at
  const to = s.wordEnd()
  if (to === from || s.codeAt(to) !== COLON) throw s.fail('a name and ":"', to)
  s.at = to
  const entry = PARTS.names.find(s.codes, from, to)
  if (entry !== undefined) return readKnown(s, entry)
  s.at += 1
  return { name: 'other', field: s.text.slice(from, to), text: readOther(s) }
}

/** A text that goes on up to the next `name:`, commas or not: a message may have some. */
function readOther(s: Scanner): string {
  const from = s.at
  for (;;) {
    if (s.here !== COMMA && !s.ended) s.balanced('text')
    if (s.ended || (s.here === COMMA && nameAhead(s))) return s.text.slice(from, s.at)
    s.expect(COMMA)
  }
}

/** Whether `name:` stands behind the comma. */
function nameAhead(s: Scanner): boolean {
  const from = s.at + (s.codeAt(s.at + 1) === SPACE ? 2 : 1)
  const to = s.wordEnd(from)
  return to > from && s.codeAt(to) === COLON
}

function showPart(part: Info): string {
  return part.name === 'other' ? `${part.field}:${part.text}` : showItem(part, PARTS)
}
