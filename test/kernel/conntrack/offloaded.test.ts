import { strict as assert } from 'node:assert'
import { zoneOfOffloaded } from '../../../src/kernel/conntrack/offloaded.js'
import { conntrack, NetlinkSocket } from '../../../src/kernel/index.js'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import { ByteSource } from '../../../src/kernel/netlink/bytes.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { Namespace } from '../support/namespace.js'

/** A connection as nf_conntrack_netlink.c ctnetlink_fill_info writes it: nfgenmsg, then attributes; numbers in network order. */
function message(attributes: [type: number, payload: number[]][]) {
  const body = attributes.flatMap(([type, payload]) => {
    const bytes = Buffer.alloc(4 + ((payload.length + 3) & ~3))
    bytes.writeUInt16LE(4 + payload.length, 0)
    bytes.writeUInt16LE(type, 2)
    bytes.set(payload, 4)
    return [...bytes]
  })
  const bytes = Uint8Array.from([2, 0, 0, 0, ...body])
  return { source: new ByteSource(bytes), type: 0, flags: 0, sequence: 1, portId: 1, start: 0, end: bytes.length }
}
const zone = (high: number, low: number): [number, number[]] => [uapi.CTA_ZONE, [high, low]]
/** linux/netfilter/nf_conntrack_common.h: CONFIRMED 3, SEEN_REPLY 1, ASSURED 2; OFFLOAD 14, HW_OFFLOAD 15. */
const status = (bits: number): [number, number[]] => [uapi.CTA_STATUS, [0, 0, bits >> 8, bits & 0xff]]
const OTHER: [number, number[]] = [7, [1, 2, 3]]

describe('a connection', () => {
  const CASES: [what: string, attributes: [number, number[]][], found: number | undefined][] = [
    ['in no flow table is left out', [status(0x000e), zone(0, 5)], undefined],
    ['in a flow table has its zone', [OTHER, status(0x400e), zone(0x12, 0x34)], 0x1234],
    ['without a zone is of zone 0', [status(0x400e)], 0],
    ['in hardware has the bit above the zone', [status(0xc00e), OTHER, zone(0xff, 0xff)], 0x1ffff],
    ['without a status is left out', [zone(0, 5)], undefined],
  ]
  for (const [what, attributes, found] of CASES) {
    it(what, () => assert.equal(zoneOfOffloaded(message(attributes)), found))
  }

  it('that is cut off is an error', () => {
    const whole = message([status(0x400e)])
    assert.throws(() => zoneOfOffloaded({ ...whole, end: whole.end - 2 }), MalformedMessage)
  })
})

describe('the kernel’s connections', () => {
  it('are none that a flow table has, in a namespace of nobody’s', function () {
    using ns = Namespace.create(this)
    using socket = NetlinkSocket.open('netfilter', { netns: ns.path })
    assert.deepEqual(conntrack.countOffloaded(socket), [])
  })
})
