import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { Ifindex } from '../../../src/base/types.js'
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.js'
import { deleteLink, getLink } from '../../../src/kernel/rtnl.js'
import {
  type Action,
  addQdisc,
  asNew,
  deleteQdisc,
  dumpFilters,
  ensureClsact,
  type Filter,
  installFilters,
} from '../../../src/kernel/tc/index.js'
import { run, sh } from '../support/shell.js'
import { type TableDevice, type TcRule, table } from './rules-table.js'
import { tcJson } from './tc-json.js'

const DEVICES = ['plain', 'geneve', 'vxlan', 'gre'] as const satisfies TableDevice[]
/** Block that mirred's rules send to; `other` has it on its egress. */
const BLOCK = 4711

describe('kernel/tc against iproute2, rule by rule', () => {
  const socket = NetlinkSocket.open('route')
  const devices = {} as Record<TableDevice | 'other', Ifindex>
  const nameOf = (ifindex: number) => Object.entries(devices).find(([, index]) => index === ifindex)?.[0] ?? ''

  before(() => {
    sh('modprobe -a ip_gre nf_conntrack_ftp nf_conntrack_tftp')
    for (const name of ['plain', 'other']) sh(`ip link add ${name} type dummy`)
    sh('ip link add geneve type geneve external')
    sh('ip link add vxlan type vxlan external gbp dstport 4789')
    sh('ip link add gre type gretap external')
    for (const name of [...DEVICES, 'other'] as const) devices[name] = getLink(socket, name)!.ifindex
    addQdisc(socket, { ifindex: devices.other, kind: 'clsact', egressBlock: BLOCK })
  })
  after(() => {
    for (const ifindex of Object.values(devices)) deleteLink(socket, ifindex)
    socket[Symbol.dispose]()
  })
  const fresh = () => {
    for (const device of DEVICES) {
      if (ensureClsact(socket, devices[device]) === 'added') continue
      deleteQdisc(socket, devices[device])
      ensureClsact(socket, devices[device])
    }
  }
  beforeEach(fresh)

  it('has at least 300 rules', () => {
    assert.ok(Object.values(table).reduce((sum, rules) => sum + rules.length, 0) >= 300)
  })

  for (const [group, rules] of Object.entries(table)) {
    it(`reads tc’s rules as tc does and writes them so that tc prints the same: ${group} (${rules.length})`, () => {
      const withJson = group !== 'other classifiers'
      installByTc(rules)
      const used = DEVICES.filter((device) => rules.some((rule) => rule.on === device))
      const before = used.map((device) => seen(device, withJson))
      const filters = used
        .flatMap((device) => dumpFilters(socket, { ifindex: devices[device], parent: 'ingress' }))
        .filter(isRule)

      for (const [i, device] of used.entries()) {
        const ours = filters.filter(({ ifindex }) => ifindex === devices[device])
        for (const [j, { on, tc }] of rules.entries()) {
          if (on !== device || !withJson) continue
          const [filter, ...more] = ours.filter(({ priority }) => priority === j + 1)
          assert.ok(filter !== undefined && more.length === 0, `${tc}: ${more.length} more`)
          const theirs = before[i]?.json.find(({ pref }) => pref === j + 1)
          assert.deepEqual(plain(tcJson(filter, nameOf)), fieldsThatBothHave(theirs, filter), tc)
        }
        assert.deepEqual(
          policeOfText(before[i]?.text ?? ''),
          ours.flatMap(({ actions = [] }) => actions.flatMap(policeWords)),
        )
      }

      fresh()
      const outcomes = installFilters(
        socket,
        filters.map((filter) => ({ ...asNew(filter), handle: filter.handle }) as Filter),
      )
      for (const { filter, error } of outcomes) assert.equal(error, undefined, ruleOf(rules, filter))
      for (const [i, device] of used.entries()) {
        const after = seen(device, withJson)
        for (const one of before[i]?.json ?? []) {
          const again = after.json.find(({ pref }) => pref === one.pref)
          assert.deepEqual(anonymous(again), anonymous(one), rules[one.pref - 1]?.tc)
        }
        assert.equal(after.text, before[i]?.text)
      }
    })
  }
})

function installByTc(rules: readonly TcRule[]): void {
  const lines = rules.map(({ on, tc }, i) => `filter add dev ${on} ingress pref ${i + 1} ${tc}\n`)
  const { status, stderr } = spawnSync('tc', ['-batch', '-'], { input: lines.join(''), encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

/** u32 makes its first hash table itself: what has no key in it is not ours to make. */
function isRule(filter: Filter): boolean {
  return !(filter.kind === 'raw' && filter.name === 'u32' && (filter.handle & 0xfff) === 0)
}

const ruleOf = (rules: readonly TcRule[], { priority }: Filter) => rules[priority - 1]?.tc ?? ''

interface Shown {
  pref: number
  options: { actions?: Record<string, unknown>[] }
}

interface Seen {
  json: Shown[]
  /** The same for people, without what differs from one installation to the next. */
  text: string
}

function seen(device: string, withJson: boolean): Seen {
  const text = run('tc', 'filter', 'show', 'dev', device, 'ingress')
    .replace(/\bindex \d+ ref \d+ bind \d+/g, '')
    .replace(/police 0x[0-9a-f]+/g, 'police')
    .replace(/\bref \d+ bind \d+/g, '')
  if (!withJson) return { text, json: [] }
  const all = JSON.parse(run('tc', '-j', '-s', 'filter', 'show', 'dev', device, 'ingress'), (key, value) =>
    ['installed', 'last_used', 'first_used'].includes(key) ? undefined : value,
  ) as Partial<Shown>[]
  return { text, json: all.filter((one): one is Shown => one.options !== undefined) }
}

/** Without index, and how many share the action: the second installation shares nothing. */
function anonymous(shown: unknown): unknown {
  return JSON.parse(JSON.stringify(shown ?? null), (key, value) =>
    ['index', 'ref', 'bind'].includes(key) ? undefined : value,
  )
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

/** What tc prints, of a raw action only what every action has. */
function fieldsThatBothHave(shown: Shown | undefined, { actions = [] }: Filter): unknown {
  if (shown?.options.actions === undefined) return shown
  const list = shown.options.actions.map((one, i) => {
    if (actions[i]?.kind !== 'raw') return one
    const { order, index, ref, bind, stats, cookie } = one
    return plain({ order, raw: true, index, ref, bind, stats, cookie })
  })
  return { ...shown, options: { ...shown.options, actions: list } }
}

/** Rates of police stand in tc's text only, shortened. */
function policeOfText(text: string): string[] {
  return [...text.matchAll(/police (.*) action (\S+)/g)].map(([, words = '', controls]) =>
    `${words.replace(/pkts_\w+ \d+/g, '').trim()} ${controls}`.trim(),
  )
}

function policeWords(action: Action): string[] {
  if (action.kind !== 'police') return []
  const { rate = 0, burst = 0, mtu = 0xffffffff, peakRate, averageRate, exceed, conform } = action
  const others = `${peakRate === undefined ? '' : `peakrate ${bits(peakRate)} `}${averageRate === undefined ? '' : `avrate ${bits(averageRate)} `}`
  const word = (control: unknown) => (control === 'ok' ? 'pass' : control)
  return [
    `rate ${bits(rate)} burst ${size(burst)} mtu ${size(mtu)} ${others}${word(exceed)}${conform === undefined ? '' : `/${word(conform)}`}`,
  ]
}

/** Decimal multiples of bits per second. */
function bits(bytes: number): string {
  const units = ['', 'K', 'M', 'G', 'T']
  let [value, unit] = [bytes * 8, 0]
  while (value >= 1000 && value % 1000 === 0) {
    value /= 1000
    unit++
  }
  return `${value}${units[unit]}bit`
}

/** tc takes 1024 for K, and what is nearly a multiple for one. */
function size(bytes: number): string {
  for (const [unit, factor, slack] of [
    ['M', 1024 * 1024, 1024],
    ['K', 1024, 16],
  ] as const) {
    const multiple = Math.round(bytes / factor)
    if (bytes >= factor && Math.abs(multiple * factor - bytes) < slack) return `${multiple}${unit}b`
  }
  return `${bytes}b`
}
