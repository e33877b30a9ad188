import { ACTIONS } from './actions.js'
import type { Item, Spec, Table } from './grammar.js'
import { KEYS } from './keys.js'
import { showNumbered } from './numbers.js'
import { showFlags, showNat, showPercent, showPort, showSeconds } from './values.js'

/** Prints what the tables describe, from the values alone. */

interface Named {
  readonly name: string
}

export function showKeys(keys: readonly Named[]): string {
  return showItems(keys, KEYS)
}

export function showActions(actions: readonly Named[]): string {
  return showItems(actions, ACTIONS)
}

export function showItem(named: Named, table: Table): string {
  const item = named as Item
  const { name } = item
  const spec = table.byName.get(name)
  if (spec === undefined) return String(item.text)
  const shown = name === table.nameless?.name ? '' : name
  if (isAlone(item, spec)) return shown
  const content = showContent(item, spec)
  switch (spec.form) {
    case '(':
    case '(?':
      return `${shown}(${content})`
    case '=':
    case '=?':
      return `${shown}=${content}`
    case ':':
    case ':?':
      return `${shown}:${content}`
    case '':
      return shown + content
  }
}

/** A name without the content that it could have. */
function isAlone(item: Item, { form, kind }: Spec): boolean {
  if (!form.endsWith('?')) return false
  return (kind === 'list' ? item.items : kind === 'nat' ? item.address : item.text) === undefined
}

function showItems(items: readonly Named[], table: Table): string {
  return items.map((item) => showItem(item, table)).join(',')
}

function showContent(item: Item, spec: Spec): string {
  switch (spec.kind) {
    case 'number':
    case 'maybeNumber':
    case 'wide':
    case 'maybeWide':
      return showNumbered(item, spec)
    case 'list':
      return showItems(item.items as Item[], spec.table)
    case 'mac':
    case 'ip4':
    case 'ip6':
      return item.mask === undefined ? String(item.value) : `${item.value}/${item.mask}`
    case 'word':
    case 'maybeWord':
    case 'text':
      return String(item.text)
    case 'port':
      return showPort(item)
    case 'flags':
      return showFlags(item, spec.max)
    case 'groups':
      return (item.groups as Item[][]).map((group) => `{${showItems(group, spec.table)}}`).join('')
    case 'attribute':
      return showItem(item.to as Item, KEYS)
    case 'keys':
      return showKeys(item.keys as Item[])
    case 'actions':
      return showActions(item.actions as Item[])
    case 'nat':
      return showNat(item)
    case 'percent':
      return showPercent(item)
    case 'seconds':
      return showSeconds(item)
    case 'nothing':
      return ''
  }
}
