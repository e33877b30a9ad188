import { ACTIONS } from './actions.js'
import { CLOSE, CLOSE_BRACE, COLON, COMMA, ENDS_PLAIN, EQUALS, OPEN, OPEN_BRACE, SPACE } from './characters.js'
import type { Entry, Item, Spec, Table } from './grammar.js'
import { KEYS } from './keys.js'
import { hasMask, readNumber, readWide } from './numbers.js'
import type { Scanner } from './scanner.js'
import { readFlags, readNat, readPercent, readPort, readSeconds } from './values.js'

/** Reads what the tables describe. */

/** A flow's key, which goes on up to what the line says about the flow. */
export function readLastKeys(s: Scanner): Item[] {
  // A flow that matches all packets has an empty key.
  return s.here === COMMA ? [] : readLast(s, KEYS)
}

/** Actions that go on to the end of the line, or to what else it says. */
export function readLastActions(s: Scanner): Item[] {
  return readLast(s, ACTIONS)
}

/** A list without brackets: it ends in front of a comma and a space, or of a comma and `name:` (`drop:REASON` is an action). */
function readLast(s: Scanner, table: Table): Item[] {
  const items = [readItem(s, table)]
  while (s.here === COMMA && s.codeAt(s.at + 1) !== SPACE) {
    const comma = s.at
    s.at += 1
    const to = s.wordEnd()
    if (s.codeAt(to) === COLON && table.names.find(s.codes, s.at, to)?.spec.form !== ':?') {
      s.at = comma
      break
    }
    items.push(readNamed(s, table, to))
  }
  return items
}

function readItem(s: Scanner, table: Table): Item {
  return readNamed(s, table, s.wordEnd())
}

/** @param to where the item's name ends */
function readNamed(s: Scanner, table: Table, to: number): Item {
  const { nameless } = table
  const next = s.codeAt(to)
  // A port may be called `ct@1`.
  const entry = nameless === undefined || endsName(next) ? table.names.find(s.codes, s.at, to) : undefined
  if (entry !== undefined) {
    s.at = to
    return readKnown(s, entry)
  }
  if (nameless?.begins(s.codes, s.at, to, next)) return readKnown(s, nameless)
  return readUnknown(s, table, to)
}

function endsName(next: number): boolean {
  return ENDS_PLAIN[next] === 1 || next === EQUALS || next === COLON
}

/** Keeps what no table knows if it has a name, and brackets that match. */
function readUnknown(s: Scanner, table: Table, nameEnd: number): Item {
  const expected = table === KEYS ? 'an attribute' : table === ACTIONS ? 'an action' : 'a field'
  if (nameEnd === s.at) throw s.fail(expected)
  const next = s.codeAt(nameEnd)
  if (table === KEYS && next !== OPEN) throw s.fail('"("', nameEnd)
  if (!table.hasWords && next !== EQUALS && next !== OPEN) throw s.fail('"=" or "("', nameEnd)
  const text = s.balanced(expected)
  if (table === KEYS && !text.endsWith(')')) throw s.fail('"," behind ")"', s.at - 1)
  return { name: 'unknown', text }
}

export function readKnown(s: Scanner, { name, spec }: Entry): Item {
  switch (spec.form) {
    case '(?':
      return s.here === OPEN ? readInParens(s, name, spec) : { name }
    case '(':
      return readInParens(s, name, spec)
    case '=?':
      if (s.here !== EQUALS) return { name }
      break
    case ':?':
      if (s.here !== COLON) return { name }
      break
    case '':
      return readContent(s, name, spec)
    default:
  }
  s.expect(spec.form === '=' || spec.form === '=?' ? EQUALS : COLON)
  return readContent(s, name, spec)
}

function readInParens(s: Scanner, name: string, spec: Spec): Item {
  s.expect(OPEN)
  const item = readContent(s, name, spec)
  s.expect(CLOSE)
  return item
}

function readContent(s: Scanner, name: string, spec: Spec): Item {
  switch (spec.kind) {
    case 'number':
      return readNumber(s, name, spec)
    case 'list':
      return { name, items: readItems(s, spec.table) }
    case 'mac': {
      const value = s.mac()
      return { name, value, mask: spec.mask && hasMask(s) ? s.mac() : undefined }
    }
    case 'ip4': {
      const value = s.ip4()
      return { name, value, mask: spec.mask && hasMask(s) ? s.ip4() : undefined }
    }
    case 'ip6': {
      const value = s.ip6()
      return { name, value, mask: spec.mask && hasMask(s) ? s.ip6() : undefined }
    }
    case 'wide':
      return readWide(s, name, spec)
    case 'word':
    case 'maybeWord':
      return { name, text: s.plain('a word') }
    case 'text':
      return { name, text: s.balanced('text') }
    case 'port':
      return readPort(s, name, spec.form === '(')
    case 'flags':
      return readFlags(s, name, spec.max)
    case 'maybeNumber':
      return s.here === CLOSE ? { name, value: undefined } : readNumber(s, name, spec)
    case 'maybeWide':
      return s.here === CLOSE ? { name, value: undefined } : readWide(s, name, spec)
    case 'groups':
      return { name, groups: readGroups(s, spec.table) }
    case 'attribute':
      return { name, to: readItem(s, KEYS) }
    case 'keys':
      return { name, keys: readItems(s, KEYS) }
    case 'actions':
      return { name, actions: readNested(s) }
    case 'nat':
      return readNat(s, name)
    case 'percent':
      return readPercent(s, name)
    case 'seconds':
      return readSeconds(s, name)
    case 'nothing':
      return { name }
  }
}

/** Items up to the bracket that closes them. */
function readItems(s: Scanner, table: Table, closing = CLOSE): Item[] {
  if (s.here === closing) return []
  const items: Item[] = []
  s.enter()
  for (;;) {
    items.push(readItem(s, table))
    const next = s.here
    if (next === closing) break
    if (next !== COMMA) throw s.fail(`"," or "${String.fromCharCode(closing)}"`)
    s.at += 1
  }
  s.leave()
  return items
}

/** Actions in parentheses: there is one at least, `drop` where nothing is done. */
function readNested(s: Scanner): Item[] {
  if (s.here === CLOSE) throw s.fail('an action')
  return readItems(s, ACTIONS)
}

function readGroups(s: Scanner, table: Table): Item[][] {
  const groups: Item[][] = []
  while (s.here === OPEN_BRACE) {
    s.at += 1
    groups.push(readItems(s, table, CLOSE_BRACE))
    s.expect(CLOSE_BRACE)
  }
  return groups
}
