import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseMessages, rt } from 'netlink'
import { parseIfindex } from '../../../src/base/types.js'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import { ByteSource, ByteWriter } from '../../../src/kernel/netlink/bytes.js'
import { forEachMessage, type Message, readBody, request, writeMessage } from '../../../src/kernel/netlink/message.js'
import { filterRequest } from '../../../src/kernel/tc/filter-message.js'
import { tcMessage } from '../../../src/kernel/tc/message.js'
import { fromHex } from '../support/bytes.js'

const qdisc = request(
  tcMessage,
  { what: 'add qdisc', type: 36 },
  { family: 0, ifindex: 5, handle: 0xffff0000, parent: 0xfffffff1, info: 0 },
  { kind: 'clsact', chain: 7 },
)

function messagesIn(bytes: Uint8Array): Message[] {
  const found: Message[] = []
  forEachMessage(new ByteSource(bytes), bytes.length, (message) => found.push(message))
  return found
}

describe('kernel/netlink/message', () => {
  it('writes several messages that it reads again', () => {
    const out = new ByteWriter(32)
    writeMessage(out, qdisc, 5, 41)
    writeMessage(out, qdisc, 1, 42)
    const [first, second, ...others] = messagesIn(out.written().slice())
    assert.equal(others.length, 0)
    assert.deepEqual([first?.type, first?.flags, first?.sequence, first?.portId], [36, 5, 41, 0])
    assert.equal(second?.sequence, 42)
    assert.deepEqual(readBody(tcMessage, second!), {
      header: { family: 0, ifindex: 5, handle: 0xffff0000, parent: 0xfffffff1, info: 0 },
      attributes: { kind: 'clsact', chain: 7 },
    })
  })

  it('writes what an independent decoder reads the same way', () => {
    const out = new ByteWriter(32)
    writeMessage(out, qdisc, 0x605, 41)
    const [message] = parseMessages(Buffer.from(out.written()))
    assert.equal(message?.type, 36)
    assert.equal(message?.flags, 0x605)
    assert.equal(message?.seq, 41)
    const { data, attrs } = rt.parseTcMessage(message!.data)
    assert.deepEqual([data.ifindex, data.handle, data.parent, data.info], [5, 0xffff0000, 0xfffffff1, 0])
    assert.equal(attrs.kind, 'clsact')
    assert.equal(attrs.chain, 7)
  })

  it('puts the protocol into network order and the priority above it', () => {
    const place = { ifindex: parseIfindex(5), parent: 'ingress', chain: 0, priority: 11, protocol: 0x0800 } as const
    const out = new ByteWriter()
    writeMessage(out, filterRequest('', 44, 0, place, {}), 0, 1)
    // struct tcmsg's last field, tcm_info, as the kernel's TC_H_MAKE(prio << 16, htons(protocol)).
    assert.equal(out.view.getUint32(16 + 16, true), (11 << 16) | 0x0008)
  })

  const malformed: [string, string][] = [
    ['shorter than its header', '0f000000 10000000 00000000 00000000'],
    ['longer than what was received', '14000000 10000000 00000000 00000000'],
    ['followed by less than a header', '10000000 10000000 00000000 00000000 00000000'],
  ]
  for (const [what, bytes] of malformed) {
    it(`refuses a message ${what}`, () => assert.throws(() => messagesIn(fromHex(bytes)), MalformedMessage))
  }

  it('refuses a body that is shorter than the fixed header', () => {
    const [message] = messagesIn(fromHex('14000000 10000000 00000000 00000000 00000000'))
    assert.throws(() => readBody(tcMessage, message!), MalformedMessage)
  })

  it('answers any bytes with messages or a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => {
        try {
          for (const { start, end } of messagesIn(bytes)) assert.ok(start <= end && end <= bytes.length)
        } catch (error) {
          assert.ok(error instanceof MalformedMessage)
        }
      }),
    )
  })
})
