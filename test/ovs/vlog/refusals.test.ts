import { strict as assert } from 'node:assert'
import { RefusalReader } from '../../../src/ovs/vlog/refusals.js'

/** Lines of Open vSwitch 3.5, the ends of long ones left out. */
const at = (thread: string, module: string, message: string, level = 'DBG') =>
  `2026-11-21T20:28:12.636Z|00009|${module}${thread && `(${thread})`}|${level}|${message}`
const UFID = 'e59fc0a0-a958-4ad7-aaea-1c8fba129bcb'
const OTHER = 'b0212687-23f7-4950-83ed-7b96b66b5c4b'
const KEY = 'recirc_id(0),dp_hash(0/0),skb_priority(0/0),in_port(2)'

function thread(name: string) {
  const error = (errno: number, words: string, type: string) =>
    at(
      name,
      'netlink_socket',
      `nl_sock_recv__ (Success): nl(len:400, type=2(error), flags=200[MATCH], seq=9, pid=3633588987 error(${errno}${words}, in-reply-to(nl(len:336, type=${type}, flags=409[REQUEST][ECHO][ATOMIC], seq=9, pid=3633588987))`,
    )
  return {
    answer: (errno: number, type = '44(family-defined)') =>
      errno === 0 ? error(0, '', type) : error(-errno, '(Operation not supported)', type),
    nak: (text: string, errno = 95) => at(name, 'netlink_socket', `received NAK error=${errno} - ${text}`),
    says: (text: string) => at(name, 'netdev_offload_tc', text),
    failed: (port: string, error = 'Operation not supported') =>
      at(name, 'dpif_netlink', `failed to offload flow: ${error}: ${port}`),
    added: at(name, 'dpif_netlink', 'added flow'),
    put: (ufid: string) => at(name, 'dpif_netlink', `system@ovs-system: put[create] ufid:${ufid} ${KEY}, actions:drop`),
    leftOut: at(
      name,
      'dpif_netlink',
      'Dropped 34 log messages in last 0 seconds (most recently, 0 seconds ago) due to excessive rate',
    ),
    other: (text: string) => at(name, 'dpif_netlink', text),
  }
}
const one = thread('handler1')
const two = thread('handler3')
const NONE = 'simnic: this profile offloads no rule'
const refused = (text = NONE) => [one.answer(95), one.nak(text)]

function read(...lines: readonly string[]) {
  const reader = new RefusalReader()
  for (const line of lines) reader.push(line)
  return reader.refusals()
}
const BASE = { ufid: UFID, port: 'pf0vf0', error: 'Operation not supported' }

describe('the log of Open vSwitch', () => {
  it('tells of a flow why the kernel refused it', () => {
    assert.deepEqual(read(...refused(), one.failed('pf0vf0'), one.put(UFID)), [{ ...BASE, errno: 95, text: NONE }])
  })

  it('has no text where the kernel gave none', () => {
    const said = refused('Operation not supported')
    assert.deepEqual(read(...said, one.failed('pf0vf0'), one.put(UFID)), [{ ...BASE, errno: 95 }])
  })

  it('tells what Open vSwitch itself could not do', () => {
    const why = 'flow_put: recirc_id sharing not supported'
    assert.deepEqual(read(one.says(why), one.failed('pf0vf0'), one.put(UFID)), [{ ...BASE, text: why }])
    assert.deepEqual(read(one.failed('pf0vf0'), one.put(UFID)), [BASE])
    const many = "offloading isn't supported, unknown attribute\nUnused mask bits:\n00000000 ff"
    const [first] = read(...one.says(many).split('\n'), one.failed('pf0vf0'), one.put(UFID))
    assert.equal(first?.text, "offloading isn't supported, unknown attribute")
  })

  it('says things on the way that are no reasons', () => {
    const tunnel = one.says('tunnel: id 0x1389 src 10.0.0.11 dst 10.0.0.1 tp_src 28521 tp_dst 6081')
    assert.deepEqual(read(tunnel, one.failed('pf0vf0'), one.put(UFID)), [BASE])
    // A filter that is deleted, a datapath that is asked, a filter that is there already, a success.
    const others = [
      one.answer(2, '45(family-defined)'),
      one.nak('No such file or directory', 2),
      one.answer(95, '36(ovs_datapath)'),
      one.nak('Operation not supported'),
      one.answer(17),
      one.nak('Filter already exists', 17),
      one.answer(0),
    ]
    assert.deepEqual(read(...others, one.failed('pf0vf0'), one.put(UFID)), [BASE])
    assert.deepEqual(read(...refused(), ...others, one.failed('pf0vf0'), one.put(UFID))[0]?.text, NONE)
  })

  it('is one of several threads, each with its own flow', () => {
    const lines = [
      one.answer(95),
      two.answer(95),
      two.nak('two'),
      one.nak('one'),
      two.failed('pf0vf1'),
      one.failed('pf0vf0'),
      one.put(UFID),
      two.put(OTHER),
    ]
    assert.deepEqual(
      read(...lines).map(({ ufid, text, approximate }) => [ufid, text, approximate]),
      [
        [UFID, 'one', undefined],
        [OTHER, 'two', undefined],
      ],
    )
  })

  it('tells of each flow the last that is known', () => {
    const lines = [...refused(), one.failed('pf0vf0'), one.put(UFID)]
    assert.deepEqual(read(...lines, one.added, one.put(UFID)), [])
    assert.equal(read(...lines, two.added, two.put(OTHER)).length, 1)
    assert.deepEqual(
      read(...lines, ...refused('simnic: other'), one.failed('pf0vf0'), one.put(UFID)).map(({ text }) => text),
      ['simnic: other'],
    )
  })

  it('does not give one flow’s reason to another', () => {
    // What was heard of the flow that was taken all the same, and of one that was deleted, is not said of the next.
    assert.deepEqual(read(...refused(), one.added, one.put(OTHER), one.failed('pf0vf0'), one.put(UFID)), [BASE])
    const deleted = one.other(`system@ovs-system: flow_del ufid:${OTHER} , packets:0, bytes:0, used:never`)
    assert.deepEqual(read(...refused(), deleted, one.failed('pf0vf0'), one.put(UFID)), [BASE])
    // Nor what comes while the flow before is cleaned up.
    const cleaned = [
      one.answer(2, '45(family-defined)'),
      one.nak('late', 2),
      one.other('failed to delete offloaded flow: x'),
    ]
    assert.deepEqual(read(...refused(), one.failed('pf0vf0'), ...cleaned, one.put(UFID)), [
      { ...BASE, errno: 95, text: NONE },
    ])
  })

  it('is approximate where lines were left out', () => {
    const [said, failed, put] = [refused(), one.failed('pf0vf0'), one.put(UFID)]
    const whole = { ...BASE, errno: 95, text: NONE }
    for (const lines of [
      [...said, one.leftOut, failed, put],
      [...said, failed, one.leftOut, put],
      [...said, two.leftOut, failed, put],
      [one.nak(NONE), failed, put],
    ]) {
      assert.deepEqual(read(...lines), [{ ...whole, approximate: true }])
    }
    assert.deepEqual(read(one.leftOut, ...said, failed, put), [whole])
  })

  it('names the port alone where the line with the flow is missing', () => {
    const [ofPort, next] = read(
      ...refused(),
      one.failed('pf0vf0'),
      one.answer(95),
      one.nak('another flow'),
      one.failed('pf0vf1'),
      one.put(OTHER),
    )
    assert.deepEqual(ofPort, { ufid: OTHER, port: 'pf0vf1', error: BASE.error, approximate: true })
    assert.deepEqual(next, { port: 'pf0vf0', error: BASE.error, errno: 95, text: NONE })
  })

  it('of Open vSwitch 3.7 and later names ports alone', () => {
    const later = (line: string) =>
      line.replace('|dpif_netlink(', '|dpif_offload_tc(').replace('|netdev_offload_tc(', '|dpif_offload_tc_netdev(')
    const lines = [
      ...refused(),
      one.failed('pf0vf0'),
      one.says('offloading attribute pkt_mark isn’t supported'),
      one.failed('pf0vf1'),
    ]
    assert.deepEqual(
      read(...lines.map(later)).map(({ ufid, port, text }) => [ufid, port, text]),
      [
        [undefined, 'pf0vf0', NONE],
        [undefined, 'pf0vf1', 'offloading attribute pkt_mark isn’t supported'],
      ],
    )
  })

  it('begins anew with the process', () => {
    const lines = [...refused(), one.failed('pf0vf0'), one.put(UFID)]
    assert.deepEqual(
      read(...lines, at('', 'vlog', 'opened log file /var/log/openvswitch/ovs-vswitchd.log', 'INFO')),
      [],
    )
  })

  it('may have anything in it', () => {
    assert.deepEqual(read('', 'cut off|netlink_socket|DBG|received NAK error=95 - x', '|||', 'Unused mask bits:'), [])
  })
})
