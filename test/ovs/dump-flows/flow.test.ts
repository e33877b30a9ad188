import { strict as assert } from 'node:assert'
import { DumpFlowsError, parseFlow, printFlow } from '../../../src/ovs/dump-flows/index.js'
import { sampleLines } from './samples.js'

const KEY = 'recirc_id(0),in_port(1)'

describe('a line of dump-flows', () => {
  for (const line of sampleLines.filter((text) => /^(?:ufid:|[a-z_]+\()/.test(text))) {
    it(`prints again as it was read: ${line.slice(0, 120)} …`, () => assert.equal(printFlow(parseFlow(line)), line))
  }

  it('says what Open vSwitch counted, and what else it knows', () => {
    const { ufid, info, extra, tight } = parseFlow(
      `ufid:2f1b6c1e-9f53-4a0e-8c4e-6a3c1a5b7d01, ${KEY}, packets:18446744073709551615, bytes:9007199254740993, used:2.780s, flags:SFPRU.ECN[200], offloaded:partial, dp:dpdk, actions:drop, dp-extra-info:miniflow_bits(5,1)`,
    )
    assert.equal(ufid, '2f1b6c1e-9f53-4a0e-8c4e-6a3c1a5b7d01')
    assert.deepEqual(info, [
      { name: 'packets', value: 18446744073709551615n, mask: undefined, spelling: undefined },
      { name: 'bytes', value: 9007199254740993n, mask: undefined, spelling: undefined },
      { name: 'used', seconds: 2.78, decimals: 3 },
      { name: 'flags', text: 'SFPRU.ECN[200]' },
      { name: 'offloaded', text: 'partial' },
      { name: 'dp', text: 'dpdk' },
    ])
    assert.deepEqual(extra, [{ name: 'dp-extra-info', text: 'miniflow_bits(5,1)' }])
    assert.deepEqual(tight, [])
  })

  it('says how long ago the last packet came, as far as a millisecond goes', () => {
    const used = (text: string) => parseFlow(`${KEY}, used:${text}, actions:drop`).info[0]
    assert.deepEqual(used('never'), { name: 'used', seconds: undefined, decimals: 3 })
    assert.deepEqual(used('0.0s'), { name: 'used', seconds: 0, decimals: 1 })
    // A clock that was set back.
    assert.deepEqual(used('-0.150s'), { name: 'used', seconds: -0.15, decimals: 3 })
    assert.deepEqual(used('999999999999.999s'), { name: 'used', seconds: 999999999999.999, decimals: 3 })
  })

  it('keeps fields that nobody knows yet, wherever they are, with all of their text', () => {
    const line = `${KEY}, offload_packets:7, why:no such device, or address (6), x:, actions:1,pf0vf1, pmd:a(b,c),last:1,2`
    const { info, actions, extra } = parseFlow(line)
    assert.equal(printFlow(parseFlow(line)), line)
    assert.deepEqual(info, [
      { name: 'other', field: 'offload_packets', text: '7' },
      { name: 'other', field: 'why', text: 'no such device, or address (6)' },
      { name: 'other', field: 'x', text: '' },
    ])
    assert.equal(actions.length, 2)
    assert.deepEqual(extra, [
      { name: 'other', field: 'pmd', text: 'a(b,c)' },
      { name: 'other', field: 'last', text: '1,2' },
    ])
  })

  it('may have fields that have the names of attributes and actions', () => {
    const { key, info, actions, extra } = parseFlow(`${KEY},nd:1,set:2, actions:1,drop:why,ct:3,recirc:4`)
    assert.deepEqual([key.length, actions.length], [2, 2])
    const fields = [...info, ...extra].map((item) => item.name === 'other' && `${item.field}=${item.text}`)
    assert.deepEqual(fields, ['nd=1', 'set=2', 'ct=3', 'recirc=4'])
  })

  it('keeps the spaces that a vendor left out', () => {
    const { tight, info } = parseFlow(`${KEY},packets:1, used:never,dp:tc,actions:1`)
    assert.deepEqual(tight, [0, 2, 3])
    assert.equal(info.length, 3)
  })
})

describe('a line that is no flow', () => {
  const rest = ', packets:0, bytes:0, used:never, actions:drop'
  const cases: [line: string, column: number, expected: string][] = [
    ['', 1, 'an attribute'],
    ['ufid:2f1b6c1e-9f53-4a0e-8c4e-6a3c1a5b7dXX, in_port(1)', 6, 'a UUID'],
    ['ufid:2f1b6c1e-9f53-4a0e-8c4e-6a3c1a5b7d01,in_port(1)', 43, '" "'],
    [`recirc_id(x)${rest}`, 11, 'a number'],
    [`recirc_id()${rest}`, 11, 'a number'],
    [`recirc_id(0x)${rest}`, 11, 'a hexadecimal number'],
    [`recirc_id(07)${rest}`, 11, 'a number without leading zeros'],
    [`recirc_id(0x100000000)${rest}`, 11, 'a number of 0 to 4294967295'],
    [`recirc_id(0/)${rest}`, 13, 'a number'],
    [`recirc_id(0`, 12, '")"'],
    [`recirc_id${rest}`, 10, '"("'],
    [`recirc_id=0${rest}`, 10, '"("'],
    [`recirc_id(0),${rest}`, 14, 'an attribute'],
    [`newthing=3${rest}`, 9, '"("'],
    [`newthing(1)x${rest}`, 12, '"," behind ")"'],
    [`newthing(1${rest}`, 57, '")"'],
    [`newthing({)})${rest}`, 11, 'brackets that match'],
    [`in_port()${rest}`, 9, 'a port'],
    [`in_port(1/x)${rest}`, 11, 'a number'],
    [`in_port(1/10)${rest}`, 11, 'a hexadecimal mask'],
    [`eth(src=02:00:00:00:00:0g)${rest}`, 9, 'a MAC address'],
    [`eth(src=02:00:00:00:00:05/ff)${rest}`, 27, 'a MAC address'],
    [`eth(src=02:00:00:00:00:05 dst=02:00:00:00:00:05)${rest}`, 26, '"," or ")"'],
    [`ipv4(src=10.0.0)${rest}`, 10, 'an IPv4 address'],
    [`ipv4(src=10.0.0.256)${rest}`, 10, 'an IPv4 address'],
    [`ipv4(src=10.0.0.01)${rest}`, 10, 'an IPv4 address'],
    [`ipv4(src10.0.0.1)${rest}`, 17, '"=" or "("'],
    [`ipv4(=10.0.0.1)${rest}`, 6, 'a field'],
    [`ipv4(proto=256)${rest}`, 12, 'a number of 0 to 255'],
    [`ipv4(frag=)${rest}`, 11, 'a word'],
    [`ipv6(src=fe80:::1)${rest}`, 10, 'an IPv6 address'],
    [`vlan(vid=4096)${rest}`, 10, 'a number of 0 to 4095'],
    [`mpls(tc=1/8)${rest}`, 11, 'a bare hexadecimal number of 0 to 7'],
    [`ct_state()${rest}`, 10, 'a flag'],
    [`ct_state(+trk-)${rest}`, 15, 'a flag'],
    [`ct_state(+trk,-new)${rest}`, 14, '")"'],
    [`ct_label(0x1${'0'.repeat(32)})${rest}`, 10, 'a number of up to 128 bits'],
    [`tunnel(tun_id=)${rest}`, 15, 'a number'],
    [`tunnel(tun_id=0x10000000000000000)${rest}`, 15, 'a number of up to 64 bits'],
    [`tunnel(geneve({class=0x102,type=0x80,len=4,0xg}))${rest}`, 44, 'a hexadecimal number'],
    [`tunnel(geneve({class=0x102))${rest}`, 27, '"," or "}"'],
    [`tunnel(flags(df||csum))${rest}`, 17, 'a flag'],
    [`encap(eth_type(0x800)${rest}`, 23, 'an attribute'],
    [`${KEY}`, 24, '","'],
    [`${KEY}, packets:x, actions:1`, 34, 'a number'],
    [`${KEY}, packets:18446744073709551616, actions:1`, 34, 'a number of up to 64 bits'],
    [`${KEY}, packets 1, actions:1`, 33, 'a name and ":"'],
    [`${KEY}, used:1.2345s, actions:1`, 31, 'seconds, or "never"'],
    [`${KEY}, used:-0.000s, actions:1`, 31, 'seconds, or "never"'],
    [`${KEY}, packets:1`, 35, '","'],
    [`${KEY}, actions:`, 34, 'an action'],
    [`${KEY}, actions:1,`, 36, 'an action'],
    [`${KEY}, actions:1, actions:2`, 37, 'no second list of actions'],
    [`${KEY}, actions:clone`, 39, '"("'],
    [`${KEY}, actions:clone()`, 40, 'an action'],
    [`${KEY}, actions:clone(1`, 41, '"," or ")"'],
    [`${KEY}, actions:clone(1))`, 42, '","'],
    [`${KEY}, actions:recirc(0x`, 41, 'a hexadecimal number'],
    [`${KEY}, actions:ct(zone=65536)`, 42, 'a number of 0 to 65535'],
    [`${KEY}, actions:ct(commit zone=1)`, 43, '"," or ")"'],
    [`${KEY}, actions:ct(nat(src=10.0.0))`, 45, 'an IPv4 address'],
    [`${KEY}, actions:ct(nat(src=[fe80::1]))`, 54, '":" and a port'],
    [`${KEY}, actions:ct(nat(src=10.0.0.1:0x50))`, 54, 'a decimal number'],
    [`${KEY}, actions:sample(sample=50%,actions(1))`, 48, 'a percentage with one decimal'],
    [`${KEY}, actions:check_pkt_len(size=200,gt(),le(5))`, 60, 'an action'],
    [`${KEY}, actions:push_vlan(vid=12/0xff)`, 50, '"," or ")"'],
    [`${KEY}, actions:set(nothing)`, 45, '"("'],
    [`${KEY}, actions:hash(l4)`, 41, '"("'],
    [`${KEY}, actions:magic(1`, 41, '")"'],
    [`${KEY}, actions:1\u0007`, 35, 'printable text'],
  ]
  for (const [line, column, expected] of cases) {
    it(`is refused at its column ${column}: ${JSON.stringify(line.slice(0, 80))}`, () => {
      assert.throws(
        () => parseFlow(line),
        (error) => {
          assert.ok(error instanceof DumpFlowsError, String(error))
          assert.deepEqual({ column: error.column, expected: error.expected }, { column, expected })
          assert.equal(error.code, 'DUMP_FLOWS_SYNTAX')
          assert.ok(error.hint)
          return true
        },
      )
    })
  }
})
