import { strict as assert } from 'node:assert'
import { NicsteerError } from '../../../src/base/errors.js'
import { compile } from '../../../src/steering/compile.js'
import { resolve } from '../../../src/steering/resolve.js'
import { loadSteering } from '../../../src/steering/spec/load.js'
import { changed, FILE, NODE } from '../sample.js'

/** Everything that is checked before a rule is installed. */
function check(text: string): void {
  const { steering, refuse } = loadSteering(text, 'steering.yaml')
  compile(resolve(steering, NODE, refuse), refuse)
}

function refusalOf(text: string): NicsteerError {
  try {
    check(text)
  } catch (error) {
    assert.ok(error instanceof NicsteerError, String(error))
    return error
  }
  assert.fail('it was accepted')
}

const MAC1 = 'mac: "02:00:00:00:00:01"'

/** What is wrong with the file, the file, its error's line and code, and words that its message must have. */
const MISTAKES: [title: string, text: string, line: number, code: string, words: string][] = [
  ['nothing', '', 1, 'BAD_YAML', 'empty'],
  ['only a comment', '# later\n', 1, 'BAD_YAML', 'empty'],
  ['a list', '- 1\n', 1, 'BAD_SPEC', ''],
  [
    'a bracket that is not closed',
    changed('mac: "02:00:00:00:00:02", key: 2}', 'mac: "02:00:00:00:00:02", key: 2'),
    14,
    'BAD_YAML',
    '',
  ],
  ['a tab as indentation', changed('      vni', '\tvni'), 10, 'BAD_YAML', 'Tabs'],
  ['a key twice', changed('      vni: 5001', '      vni: 5001\n      vni: 5002'), 11, 'BAD_YAML', 'unique'],
  ['two documents', `${FILE}---\nkind: Steering\n`, 22, 'BAD_YAML', 'more than one'],
  ['an anchor that does not exist', changed('vni: 5001', 'vni: *number'), 10, 'BAD_YAML', 'number'],
  [
    'aliases that would fill the memory',
    `a: &a [${Array(20).fill(1)}]\nb: &b [${Array(20).fill('*a')}]\nc: [${Array(20).fill('*b')}]\n`,
    2,
    'BAD_YAML',
    'alias',
  ],
  [
    'a list as a key',
    changed('      vni: 5001', '      vni: 5001\n      ? [colour]\n      : red'),
    9,
    'BAD_SPEC',
    'colour',
  ],
  ['an unknown tag', changed('vni: 5001', 'vni: !number 5001'), 10, 'BAD_YAML', 'tag'],
  ['another kind', changed('kind: Steering', 'kind: Node'), 2, 'BAD_SPEC', 'kind'],
  ['another version', changed('v1alpha1', 'v2'), 1, 'BAD_SPEC', 'apiVersion'],
  ['an unknown field', changed('vtep: 10.0.0.1}', 'vtep: 10.0.0.1, speed: 100}'), 6, 'BAD_SPEC', 'spec.nics[0].speed'],
  [
    'an unknown field on a line of its own',
    changed('          key: 102', '          key: 102\n          colour: red'),
    22,
    'BAD_SPEC',
    'colour',
  ],
  ['a field that is missing', changed('      vni: 5001\n', ''), 9, 'BAD_SPEC', 'vni is missing'],
  [
    'no NIC',
    changed('  nics:\n    - {pf: "0000:d8:00.0", vtep: 10.0.0.1}\n    - {pf: p1, vtep: 10.0.0.2}', '  nics: []'),
    5,
    'BAD_SPEC',
    'nics',
  ],
  ['networks, and those of OVN', changed('  networks:', '  source: ovn\n  networks:'), 10, 'BAD_SPEC', 'spec.source'],
  [
    'networks of OVN that were not read',
    `${FILE.slice(0, FILE.indexOf('  networks'))}  source: ovn\n`,
    8,
    'SOURCE_NOT_READ',
    'spec.source',
  ],
  [
    'a source that we do not know',
    changed('  networks:', '  source: {kubernetes: {}}\n  networks:'),
    8,
    'BAD_SPEC',
    'must be ovn',
  ],
  ['no networks', FILE.slice(0, FILE.indexOf('  networks')), 4, 'BAD_SPEC', 'spec.networks is missing'],
  [
    'a VTEP with two planes',
    changed('vtep: 10.0.0.1}', 'vtep: 10.0.0.1:rail0, plane: rail1}'),
    6,
    'BAD_SPEC',
    'the VTEP says rail0',
  ],
  ['a VTEP with a prefix for a plane', changed('vtep: 10.0.0.1}', 'vtep: "10.0.0.1:"}'), 6, 'BAD_SPEC', 'not a VTEP'],
  [
    'an endpoint that names a VTEP with another plane than its own',
    changed('key: 14', 'key: 14, vtep: 10.0.0.1:rail7'),
    14,
    'PLANE_CONTRADICTION',
    'rail7',
  ],
  [
    'a VF by an iface-id that Open vSwitch does not have',
    changed('{pf: p1, index: 3}', '{ifaceId: pod-a}'),
    14,
    'UNKNOWN_VF',
    'pod-a',
  ],
  ['a fallback that carries all', changed('  nics:', '  fallback: all\n  nics:'), 5, 'NOT_SUPPORTED', 'fallback'],
  ['a type of tunnel that we do not know', changed('type: geneve', 'type: gre'), 4, 'BAD_SPEC', 'type'],
  ['a MAC that is none', changed(MAC1, 'mac: "02:00:00:00:00"'), 12, 'BAD_SPEC', 'MAC'],
  ['a multicast MAC', changed(MAC1, 'mac: "33:33:00:00:00:01"'), 12, 'BAD_SPEC', 'multicast'],
  ['a zero MAC', changed(MAC1, 'mac: "00:00:00:00:00:00"'), 12, 'BAD_SPEC', 'endpoint'],
  ['an address with prefix length', changed('vtep: 10.0.0.1}', 'vtep: 10.0.0.1/24}'), 6, 'BAD_SPEC', 'IP address'],
  ['a loopback VTEP', changed('vtep: 10.0.0.1}', 'vtep: 127.0.0.1}'), 6, 'BAD_SPEC', 'tunnel endpoint'],
  [
    'a multicast VTEP',
    changed('vtep: 10.0.0.11\n          key: 102', 'vtep: 239.1.1.1\n          key: 102'),
    20,
    'BAD_SPEC',
    'tunnel endpoint',
  ],
  ['a VNI of 25 bits', changed('vni: 5001', 'vni: 16777216'), 10, 'BAD_SPEC', 'vni'],
  ['a VNI with a fraction', changed('vni: 5001', 'vni: 1.5'), 10, 'BAD_SPEC', 'vni'],
  [
    'an option of 3 bytes',
    changed('options: ovn', 'options: [{class: 1, type: 2, data: "010203"}]'),
    4,
    'BAD_SPEC',
    'options',
  ],
  [
    'options with VXLAN',
    changed('type: geneve, options: ovn', 'type: vxlan, options: [{class: 1, type: 2, data: "01020304"}]'),
    4,
    'BAD_OPTIONS',
    'VXLAN',
  ],
  ['two NICs with one VTEP', changed('vtep: 10.0.0.2', 'vtep: 10.0.0.1'), 7, 'SAME_VTEP_TWICE', '10.0.0.1'],
  [
    'one VTEP in two spellings',
    changed('vtep: 10.0.0.1}', 'vtep: "fd00::1"}').replace('10.0.0.2', '"fd00:0::1"'),
    7,
    'SAME_VTEP_TWICE',
    'fd00::1',
  ],
  ['a PF twice by one name', changed('pf: p1, vtep', 'pf: "0000:d8:00.0", vtep'), 7, 'SAME_PF_TWICE', 'two entries'],
  ['a PF twice by two names', changed('pf: p1, vtep', 'pf: p0, vtep'), 7, 'SAME_PF_TWICE', 'once more'],
  [
    'an unknown plane in crossPlane',
    changed('  nics:', '  crossPlane: [[default, rail7]]\n  nics:'),
    5,
    'UNKNOWN_PLANE',
    'rail7',
  ],
  ['a MAC twice', changed('02:00:00:00:00:02', '02:00:00:00:00:01'), 13, 'SAME_MAC_TWICE', '02:00:00:00:00:01'],
  [
    'a MAC that is local and remote',
    changed('"02:00:00:00:0f:02"', '"02:00:00:00:00:01"'),
    19,
    'SAME_MAC_TWICE',
    'two endpoints',
  ],
  ['a key twice', changed('key: 102', 'key: 101'), 21, 'SAME_KEY_TWICE', '101'],
  [
    'an address twice',
    changed('key: 1}', 'key: 1, ips: [192.168.7.1, 192.168.7.1]}'),
    12,
    'SAME_IP_TWICE',
    '192.168.7.1',
  ],
  ['a VF twice', changed('{pf: p0, index: 1}', '{pf: p0, index: 0}'), 13, 'VF_TWICE', '0000:d8:00.0 VF 0'],
  ['a key that is missing', changed(', key: 14', ''), 14, 'MISSING_KEY', '02:00:00:00:01:04'],
  ['a key of 16 bits', changed('key: 14', 'key: 32768'), 14, 'BAD_KEY', '32768'],
  ['a datapath key that VXLAN has no room for', changed('type: geneve', 'type: vxlan'), 10, 'BAD_KEY', 'VXLAN'],
  [
    'a port key that VXLAN has no room for',
    changed('type: geneve', 'type: vxlan').replace('5001', '5').replace('key: 101', 'key: 2048'),
    18,
    'BAD_KEY',
    '2048',
  ],
  [
    'a remote VTEP that is ours',
    changed('vtep: 10.0.0.11\n          key: 101', 'vtep: 10.0.0.2\n          key: 101'),
    17,
    'REMOTE_IS_LOCAL',
    '10.0.0.2',
  ],
  [
    'a remote VTEP of the other family',
    changed('vtep: 10.0.0.11\n          key: 101', 'vtep: fd00::11\n          key: 101'),
    17,
    'NO_COMMON_FAMILY',
    'fd00::11',
  ],
  [
    'a remote endpoint in a plane without a NIC',
    changed('          key: 101', '          key: 101\n          plane: rail9'),
    16,
    'NO_COMMON_PLANE',
    'rail9',
  ],
  ['an unknown VF', changed('{pf: p1, index: 3}', 'pf1vf9'), 14, 'UNKNOWN_VF', 'pf1vf9'],
  ['a VF that is a number', changed('{pf: p1, index: 3}', '7'), 14, 'BAD_SPEC', 'must be {pf, index}'],
  ['an unknown PF', changed('{pf: p1, index: 3}', '{pf: p7, index: 3}'), 14, 'UNKNOWN_PF', 'p7'],
  [
    'an unknown PF among the NICs',
    changed('pf: p1, vtep', 'pf: "0000:e1:00.0", vtep'),
    7,
    'UNKNOWN_PF',
    '0000:e1:00.0',
  ],
  ['a PF that is not among the NICs', changed('    - {pf: p1, vtep: 10.0.0.2}\n', ''), 13, 'UNKNOWN_NIC', 'p1'],
  ['a VF index out of range', changed('index: 3', 'index: 4'), 14, 'VF_OUT_OF_RANGE', 'no VF 4'],
  [
    'a VTEP that the node does not have',
    changed('vtep: 10.0.0.2', 'vtep: 10.0.0.99'),
    7,
    'VTEP_NOT_CONFIGURED',
    '10.0.0.99',
  ],
  [
    'a VTEP on another device',
    changed('vtep: 10.0.0.2', 'vtep: 10.0.0.2, device: p0'),
    7,
    'VTEP_ELSEWHERE',
    'not on p0',
  ],
  [
    'an endpoint that names a VTEP of nobody',
    changed('key: 14', 'key: 14, vtep: 10.0.0.77'),
    14,
    'UNKNOWN_VTEP',
    '10.0.0.77',
  ],
]

describe('a Steering file', () => {
  it('that is right is taken', () => check(FILE))

  for (const [title, text, line, code, words] of MISTAKES) {
    it(`with ${title} is refused with its line`, () => {
      const error = refusalOf(text)
      assert.deepEqual(
        { code: error.code, line: error.line, file: error.file },
        { code, line, file: 'steering.yaml' },
        error.message,
      )
      assert.ok(error.message.includes(words), error.message)
      assert.ok(error.hint, 'it says what to do')
      assert.doesNotMatch(error.message, /\n/)
    })
  }

  it('with several mistakes names the first line, and how many more there are', () => {
    const error = refusalOf(FILE.replace('vni: 5001', 'vni: -1').replace('key: 102', 'key: 0'))
    assert.equal(error.line, 10)
    assert.match(error.message, /\(and 1 more\)$/)
  })

  it('that a cluster uses for more than this version can do is taken, with findings', () => {
    const text = changed('  nics:', '  fallback: refused\n  crossPlane: [[default, default]]\n  nics:')
    const { steering, refuse } = loadSteering(text, 'steering.yaml')
    const { findings } = compile(resolve(steering, NODE, refuse), refuse)
    assert.deepEqual([...new Set(findings.map(({ code }) => code))], ['FALLBACK_NOT_COVERED'])
  })

  it('may say a thing once and refer to it', () => {
    const text = changed('vtep: 10.0.0.11', 'vtep: &peer 10.0.0.11').replace('vtep: 10.0.0.11', 'vtep: *peer')
    assert.deepEqual(loadSteering(text, 'a').steering, loadSteering(FILE, 'b').steering)
    const named = loadSteering(text, 'a').refuse(['spec', 'networks', 0, 'remote', 1, 'vtep'], 'CODE', 'what', 'hint')
    assert.equal(named.line, 20, 'it stands where it is referred to')
  })

  it('needs to say little: the rest has defaults', () => {
    const { steering } = loadSteering(
      'apiVersion: nicsteer/v1alpha1\nkind: Steering\nspec: {encapsulation: {type: vxlan}, nics: [{pf: p0, vtep: 10.0.0.1}], networks: [{name: n, vni: 0, remote: [{mac: "02:00:00:00:00:01", vtep: 10.0.0.2}]}]}\n',
      'a',
    )
    assert.deepEqual(steering, {
      encapsulation: { type: 'vxlan', port: 4789, options: 'none', ttl: 64 },
      fallback: 'never',
      crossPlane: [],
      nics: [{ pf: 'p0', vtep: '10.0.0.1', plane: 'default' }],
      networks: [
        {
          name: 'n',
          vni: 0,
          local: [],
          remote: [{ mac: '02:00:00:00:00:01', ips: [], vtep: '10.0.0.2', plane: 'default' }],
        },
      ],
    })
  })

  it('has addresses in one form, however they are written', () => {
    const text = changed('vtep: 10.0.0.1}', 'vtep: "FD00:0:0::0001"}').replace(
      'key: 1}',
      'key: 1, ips: ["2001:DB8::0:1"], vtep: "fd00::0:1"}',
    )
    const { nics, networks } = loadSteering(text, 'a').steering
    assert.equal(nics[0]?.vtep, 'fd00::1')
    assert.deepEqual([networks[0]?.local[0]?.vtep, networks[0]?.local[0]?.ips], ['fd00::1', ['2001:db8::1']])
  })

  it('has the same meaning in other spellings', () => {
    const other = FILE.replaceAll('02:00:00:00:0f:01', '02-00-00-00-0F-01').replace(
      'type: geneve,',
      'type: geneve, port: 6081, ttl: 64,',
    )
    assert.deepEqual(loadSteering(other, 'a').steering, loadSteering(FILE, 'b').steering)
  })
})
