import fc from 'fast-check'
import { ACTIONS } from '../../../src/ovs/dump-flows/actions.js'
import type { Flow } from '../../../src/ovs/dump-flows/flow.js'
import { INFO } from '../../../src/ovs/dump-flows/flow.js'
import type { Item, Spec, Table } from '../../../src/ovs/dump-flows/grammar.js'
import { KEYS } from '../../../src/ovs/dump-flows/keys.js'

/** Anything that the tables allow, in any order: made from the same tables that read and print it. */

const DEEPEST = 3
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
const netdev = fc.stringMatching(/^[a-z][a-z0-9_@.-]{0,14}$/).filter((text) => !ACTIONS.byName.has(text))
const unknownText = fc
  .tuple(fc.stringMatching(/^zz[a-z0-9]{1,6}$/), fc.constantFrom('', '=7', '=a/b', '(1,{2}(3))', '(00 01/ff ff)'))
  .map((parts) => parts.join(''))
const hexDigits = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
const mac = fc.array(hexDigits(2), { minLength: 6, maxLength: 6 }).map((bytes) => bytes.join(':'))
const ip4 = fc.ipV4()
const ip6 = fc.ipV6().map((text) => text.toLowerCase())
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined })

function numbered<T>(itemName: string, values: fc.Arbitrary<T>, hasMask: boolean): fc.Arbitrary<Item> {
  const mask = hasMask ? maybe(values) : fc.constant(undefined)
  return record({ name: fc.constant(itemName), value: values, mask, spelling: fc.constant(undefined) })
}

function addressed(itemName: string, values: fc.Arbitrary<string>, hasMask: boolean): fc.Arbitrary<Item> {
  const mask = hasMask ? maybe(values) : fc.constant(undefined)
  return record({ name: fc.constant(itemName), value: values, mask })
}

const bitsAbove = (bits: number) => (1n << BigInt(bits)) - 1n
const number = (spec: { max: number }) => fc.integer({ min: 0, max: spec.max })
const wide = (spec: { bits: number }) => fc.bigInt(0n, bitsAbove(spec.bits))

function contentOf(itemName: string, spec: Spec, deep: number): fc.Arbitrary<Item> {
  const just = fc.constant(itemName)
  const none = fc.constant({ name: itemName })
  switch (spec.kind) {
    case 'number':
      return numbered(itemName, number(spec), spec.mask !== undefined)
    case 'wide':
      return numbered(itemName, wide(spec), spec.mask !== undefined)
    case 'maybeNumber':
      return fc.oneof(numbered(itemName, number(spec), true), fc.constant({ name: itemName, value: undefined }))
    case 'maybeWide':
      return fc.oneof(numbered(itemName, wide(spec), true), fc.constant({ name: itemName, value: undefined }))
    case 'mac':
      return addressed(itemName, mac, spec.mask)
    case 'ip4':
      return addressed(itemName, ip4, spec.mask)
    case 'ip6':
      return addressed(itemName, ip6, spec.mask)
    case 'word':
      return record({ name: just, text: name })
    case 'text':
      return record({ name: just, text: fc.oneof(name, fc.constant('miniflow_bits(5,1)')) })
    case 'maybeWord':
      return fc.oneof(none, record({ name: just, text: name }))
    case 'port': {
      const mask = spec.form === '(' ? maybe(number({ max: 0xffff_ffff })) : fc.constant(undefined)
      const byNumber = record({ name: just, port: number({ max: 0xffff_ffff }), mask })
      return fc.oneof(record({ name: just, port: netdev, mask: fc.constant(undefined) }), byNumber)
    }
    case 'flags': {
      const flags = (on: fc.Arbitrary<boolean>) => fc.array(record({ flag: name, on }), { minLength: 1, maxLength: 4 })
      return fc.oneof(
        record({ name: just, flags: flags(fc.boolean()), signed: fc.constant(true) }),
        record({ name: just, flags: flags(fc.constant(true)), signed: fc.constant(false) }),
        numbered(itemName, number(spec), true),
      )
    }
    case 'nat':
      return fc.oneof(none, natOf(itemName))
    case 'percent':
      return record({ name: just, value: fc.integer({ min: 0, max: 1000 }).map((tenths) => tenths / 10) })
    case 'seconds':
      return record({
        name: just,
        seconds: maybe(fc.integer({ min: -9999, max: 1e12 }).map((ms) => ms / 1000)),
        decimals: fc.constant(3),
      })
    case 'list': {
      const items = record({ name: just, items: itemsOf(spec.table, deep) })
      return spec.form === '(?' ? fc.oneof(none, items) : items
    }
    case 'groups':
      return record({ name: just, groups: fc.array(itemsOf(spec.table, deep), { maxLength: 3 }) })
    case 'attribute':
      return record({ name: just, to: itemOf(KEYS, deep - 1) })
    case 'keys':
      return record({ name: just, keys: itemsOf(KEYS, deep - 1) })
    case 'actions':
      return record({ name: just, actions: itemsOf(ACTIONS, deep - 1, 1) })
    case 'nothing':
      return none
  }
}

function natOf(itemName: string): fc.Arbitrary<Item> {
  const range = (address: fc.Arbitrary<string>) => {
    const ports = fc.oneof(
      fc.constant([undefined, undefined]),
      fc.tuple(number({ max: 0xffff }), maybe(number({ max: 0xffff }))),
    )
    return fc.tuple(address, maybe(address), ports).map(([first, last, [port, lastPort]]) => {
      return { name: itemName, address: first, lastAddress: last, port, lastPort }
    })
  }
  return fc.oneof(range(ip4), range(ip6))
}

const goesDeeper = ({ kind }: Spec) => kind === 'attribute' || kind === 'keys' || kind === 'actions'
const cache = new Map<string, fc.Arbitrary<Item>>()
const tables = new Map<Table, number>()

/** One item of a table. Deep down, only what has no lists of other tables in it. */
function itemOf(table: Table, deep: number): fc.Arbitrary<Item> {
  if (!tables.has(table)) tables.set(table, tables.size)
  const id = `${tables.get(table)} ${deep}`
  const made = cache.get(id)
  if (made !== undefined) return made
  const specs = [...table.byName].filter(([, spec]) => deep > 0 || !hasDeeper(spec))
  const known = specs.map(([itemName, spec]) => contentOf(itemName, spec, deep))
  const text = table === KEYS ? fc.stringMatching(/^key[1-9]\d\((00 01)?(\/ff)?\)$/) : unknownText
  const needsContent = table === ACTIONS ? /\)$/ : table.hasWords ? /$/ : /[=(]/
  const isUnknown = text.filter((one) => needsContent.test(one))
  const unknown = record({ name: fc.constant('unknown'), text: isUnknown })
  const takesWords = table.nameless?.spec.kind === 'word' || table.nameless?.spec.kind === 'ip6'
  const item = fc.oneof(...known, ...(takesWords ? [] : [unknown]))
  cache.set(id, item)
  return item
}

function hasDeeper(spec: Spec): boolean {
  if (goesDeeper(spec)) return true
  return spec.kind === 'list' && [...spec.table.byName.values()].some(hasDeeper)
}

function itemsOf(table: Table, deep: number, minLength = 0): fc.Arbitrary<Item[]> {
  if (table.byName.size === 0) return fc.constant([])
  return fc.array(itemOf(table, deep), { minLength, maxLength: 4 })
}

const other = record({
  name: fc.constant('other'),
  field: name.filter(
    (text) => !KEYS.byName.has(text) && !INFO.byName.has(text) && !ACTIONS.byName.has(text) && text !== 'actions',
  ),
  text: fc.oneof(name, fc.constant(''), fc.constant('no such device, or address (6)')),
})
const info = fc.array(
  fc.oneof(
    itemOf(INFO, 0).filter((item) => item.name !== 'unknown'),
    other,
  ),
  { maxLength: 6 },
)

export const key = itemsOf(KEYS, DEEPEST)
export const actions = itemsOf(ACTIONS, DEEPEST, 1)
export const flow = record({
  ufid: maybe(fc.uuid()),
  key,
  info,
  actions,
  extra: info,
  isTight: fc.array(fc.boolean(), { maxLength: 13 }),
}).map(({ isTight, ...parts }) => {
  const count = parts.info.length + 1 + parts.extra.length
  const tight = Array.from({ length: count }, (_, at) => at).filter((at) => isTight[at])
  return { ...parts, tight } as unknown as Flow
})
