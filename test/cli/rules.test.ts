import { strict as assert } from 'node:assert'
import { type Ifindex, parseIp, parseMac } from '../../src/base/types.js'
import { formatted } from '../../src/cli/output.js'
import { REPORTS } from '../../src/cli/report-schema.js'
import { showActions, showMatch } from '../../src/cli/rule-words.js'
import { parseRules } from '../../src/cli/rules-file.js'
import {
  loadedItem,
  loadedSummary,
  loadedText,
  ruleItem,
  rulesSummary,
  rulesTable,
} from '../../src/cli/rules-report.js'
import type { tc } from '../../src/kernel/index.js'
import type { ListedRule } from '../../src/offload/rules/list.js'
import { toPortable } from '../../src/offload/rules/portable.js'

const NAMES = new Map([
  [5 as Ifindex, 'pf0vf0'],
  [7 as Ifindex, 'p0'],
])
const FILTER: tc.FlowerFilter = {
  kind: 'flower',
  ifindex: 5 as Ifindex,
  parent: 'ingress',
  chain: 0,
  priority: 10,
  protocol: 3,
  handle: 1,
  match: { ethDst: parseMac('02:00:00:00:01:01') },
  actions: [{ kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex: 7 as Ifindex }],
  flags: { inHw: true },
  inHwCount: 1,
}
const rule = (more: Partial<tc.FlowerFilter> = {}) => toPortable({ ...FILTER, ...more }, NAMES)
const listed = (more: Partial<tc.FlowerFilter> = {}, state: Partial<ListedRule> = {}): ListedRule => ({
  rule: rule(more),
  ours: false,
  inHw: true,
  inHwCount: 1,
  hardware: { packets: 7, bytes: 700 },
  software: { packets: 1, bytes: 100 },
  ...state,
})
const { match: _, actions: __, flags: ___, inHwCount: ____, ...PLACE } = FILTER
const OTHER: ListedRule = {
  rule: toPortable({ ...PLACE, kind: 'raw', name: 'u32', handle: 1, parent: 'egress' }, NAMES),
  ours: false,
  inHw: false,
  inHwCount: 0,
  hardware: { packets: 0, bytes: 0 },
  software: { packets: 0, bytes: 0 },
}

describe('a rule in words', () => {
  const MATCHES: [match: tc.FlowerMatch, words: string][] = [
    [{}, 'everything'],
    [
      { ethDst: parseMac('01:00:00:00:00:00'), ethDstMask: parseMac('01:00:00:00:00:00') },
      'dst_mac 01:00:00:00:00:00/01:00:00:00:00:00',
    ],
    [
      { ethType: 0x800, ipProto: 6, tcpDst: 80, dstIp: parseIp('10.1.0.0'), dstIpMask: parseIp('255.255.0.0') },
      'eth_type ipv4 ip_proto tcp tcp dst_port 80 dst_ip 10.1.0.0/16',
    ],
    [{ srcIp: parseIp('10.0.0.1'), srcIpMask: parseIp('255.0.0.255') }, 'src_ip 10.0.0.1/255.0.0.255'],
    [{ vlanId: 7, vlanEthType: 0x86dd, ethType: 0x9100 }, 'vlan_id 7 vlan_ethtype ipv6 eth_type 0x9100'],
    [
      {
        encKeyId: 5001,
        encOpts: { geneve: [{ class: 0x102, type: 0x80, data: '00010003' }] },
        encOptsMask: { geneve: [{ class: 0xffff, type: 0xff, data: '0000ffff' }] },
      },
      'enc_key_id 5001 geneve_opts 0102:80:00010003/ffff:ff:0000ffff',
    ],
    [{ encOpts: { vxlan: { gbp: 77 } } }, 'vxlan_opts gbp 77'],
    [{ encFlags: 4, encFlagsMask: 12 }, 'enc_flags 0x4/0xc'],
  ]
  for (const [match, words] of MATCHES) it(words, () => assert.equal(showMatch(rule({ match })), words))

  const ACTIONS: [actions: tc.Action[], words: string][] = [
    [[], '-'],
    [[{ kind: 'gact', control: 'drop' }], 'drop'],
    [[{ kind: 'gact', control: { gotoChain: 5 } }], 'goto chain 5'],
    [FILTER.actions, 'redirect p0'],
    [[{ kind: 'mirred', operation: 'mirror', direction: 'ingress', ifindex: 0 }], 'ingress mirror (gone)'],
    [[{ kind: 'mirred', operation: 'mirror', direction: 'egress', ifindex: 0, blockId: 7 }], 'mirror block 7'],
    [
      [
        { kind: 'tunnel_key', operation: 'unset' },
        { kind: 'vlan', operation: 'pop' },
      ],
      'tunnel_key unset, vlan pop',
    ],
    [
      [{ kind: 'vlan', operation: 'push', id: 7, protocol: 0x8100, priority: 2 }],
      'vlan push id 7 protocol 0x8100 priority 2',
    ],
    [[{ kind: 'csum', update: ['ip4h', 'udp'], control: 'ok' }], 'csum update ip4h,udp ok'],
    [[{ kind: 'raw', name: 'sample', options: '00' }], 'sample'],
  ]
  for (const [actions, words] of ACTIONS)
    it(`does: ${words}`, () => assert.equal(showActions(rule({ actions })), words))
})

describe('the report of rules', () => {
  const all = {
    rules: [listed({}, { ours: true }), listed({ flags: { skipHw: true } }, { inHw: false }), OTHER],
    emulated: true,
  }

  it('for people is a line per rule and one with the sums, which calls an emulated NIC one', () =>
    assert.equal(
      rulesTable(all),
      `DEVICE         CHAIN  PRIO  IN HW              HW PKTS  SW PKTS  OWNER     MATCH                      ACTIONS
pf0vf0         0      10    yes (1, emulated)  7        1        nicsteer  dst_mac 02:00:00:00:01:01  redirect p0
pf0vf0         0      10    no, skip_hw        7        1        other     dst_mac 02:00:00:00:01:01  redirect p0
pf0vf0 egress  0      10    no                 0        0        other     u32                        -
3 rules on 1 device: 1 in hardware (emulated), 1 of nicsteer`,
    ))

  it('says so where there are none', () => assert.equal(rulesTable({ rules: [], emulated: false }), 'no rules'))

  for (const format of ['json', 'yaml'] as const) {
    it(`in ${format} is what its schema says, and is read again without what was only true then`, () => {
      const items = all.rules.map((one) => ruleItem(one, true))
      const report = { kind: 'Rules', items, summary: { ...rulesSummary(all) } }
      assert.deepEqual(REPORTS.rules.parse({ apiVersion: 'nicsteer/v1alpha1', ...report }).items, items)
      const { rules } = parseRules(formatted(report, format, String), 'rules')
      assert.deepEqual(
        rules,
        all.rules.map((one) => one.rule),
      )
    })
  }

  it('of a load is what its schema says, with a sign for what each rule does', () => {
    const change = { rule: rule(), change: 'replace', warning: 'no room' } as const
    const loaded = {
      rules: [{ rule: rule(), change: 'add' } as const, change, { rule: rule(), change: 'same' } as const],
      qdiscs: ['pf0vf0'],
    }
    const report = {
      apiVersion: 'nicsteer/v1alpha1',
      kind: 'RulesLoad',
      items: loaded.rules.map(loadedItem),
      summary: loadedSummary(loaded, true),
    }
    assert.deepEqual(REPORTS['rules-load'].parse(report), report)
    assert.equal(
      loadedText(loaded, true),
      `+ clsact qdisc on pf0vf0
+ pf0vf0 chain 0 prio 10: dst_mac 02:00:00:00:01:01: redirect p0
~ pf0vf0 chain 0 prio 10: dst_mac 02:00:00:00:01:01: redirect p0 ("no room")
1 added, 1 replaced, 1 unchanged; nothing was changed (--dry-run)`,
    )
  })
})

describe('a file of rules', () => {
  const HEAD = 'apiVersion: nicsteer/v1alpha1\nkind: Rules\n'
  const ITEM = '  - {device: p0, parent: ingress, chain: 0, priority: 10, protocol: 3, kind: flower}\n'

  it('needs no summary and no state', () => assert.equal(parseRules(`${HEAD}items:\n${ITEM}`, 'f').rules.length, 1))

  const BAD: [what: string, text: string, line: number | undefined, message: RegExp][] = [
    ['another kind of file', HEAD.replace('Rules', 'Verify'), 2, /^kind: /],
    ['no items', HEAD, 1, /^items: /],
    ['a priority out of range', `${HEAD}items:\n${ITEM}${ITEM.replace('10', '70000')}`, 5, /^items\[1\]\.priority: /],
    ['no device', `${HEAD}items:\n${ITEM.replace('device: p0, ', '')}`, 4, /^items\[0\]\.device: /],
    ['JSON of another form', '{"kind": "Rules"}', undefined, /^apiVersion: /],
    ['a list', '[]', 1, /^the file: /],
  ]
  for (const [what, text, line, message] of BAD) {
    it(`${what} is refused with its place`, () =>
      assert.throws(
        () => parseRules(text, 'f'),
        (error: { code: string; file: string; line?: number; message: string }) => {
          assert.deepEqual([error.code, error.file, error.line], ['BAD_SPEC', 'f', line])
          assert.match(error.message, message)
          return true
        },
      ))
  }

  it('that is neither JSON nor YAML is refused with its line', () =>
    assert.throws(() => parseRules('{"kind": "Rules",\n"items": [}', 'f'), { code: 'BAD_YAML', line: 2 }))

  it('makes refusals that know the line of a YAML rule', () => {
    const { refuse } = parseRules(`${HEAD}items:\n${ITEM}${ITEM}`, 'f')
    const { file, line } = refuse(['items', 1, 'match', 'nowhere'], 'BAD_RULE', 'what', 'hint')
    assert.deepEqual([file, line], ['f', 5])
  })
})
