import assert from 'node:assert/strict'
import { readEvents } from '../../../src/kernel/monitor/event.js'
import { ByteSource, ByteWriter } from '../../../src/kernel/netlink/bytes.js'
import { type Request, request, writeMessage } from '../../../src/kernel/netlink/message.js'
import { ruleMessage } from '../../../src/kernel/route/message.js'
import { uapi } from '../../../src/kernel/uapi.js'

const HEADER = { family: uapi.AF_INET, dstLen: 0, srcLen: 0, tos: 0, table: 100, action: 1, flags: 0 }

function rule(priority: number): Request {
  return request(ruleMessage, { what: 'rule', type: uapi.RTM_NEWRULE }, HEADER, { priority })
}

function datagram(...messages: Request[]): Uint8Array {
  const out = new ByteWriter()
  for (const message of messages) writeMessage(out, message, message.flags, 0)
  return out.written().slice()
}

function kinds(bytes: Uint8Array): string[] {
  return readEvents(new ByteSource(bytes)).map((event) =>
    event.kind === 'resync' ? event.reason : event.kind === 'rule' ? `rule ${event.rule.priority}` : event.kind,
  )
}

describe('kernel/monitor/event', () => {
  it('reads all messages of a datagram', () => {
    assert.deepEqual(kinds(datagram(rule(1), rule(2))), ['rule 1', 'rule 2'])
  })

  it('has an event for a message that is malformed, and goes on behind it', () => {
    const bytes = datagram(rule(1), rule(2), rule(3))
    const length = bytes.length / 3
    // The length of the second one's only attribute.
    new DataView(bytes.buffer).setUint16(length + 16 + 12, 3, true)
    assert.deepEqual(kinds(bytes), ['rule 1', 'malformed', 'rule 3'])
  })

  it('has an event for what can’t be told apart any more', () => {
    const bytes = datagram(rule(1), rule(2))
    assert.deepEqual(kinds(bytes.subarray(0, bytes.length - 4)), ['rule 1', 'malformed'])
  })

  it('passes on what it has no decoder for', () => {
    const body = new Uint8Array([1, 2, 3, 4])
    const unknown = { what: '', type: 4711, flags: 5, headerSize: 4, writeBody: (out: ByteWriter) => out.append(body) }
    const [event] = readEvents(new ByteSource(datagram(unknown)))
    assert.deepEqual(event, { kind: 'raw', type: 4711, flags: 5, by: 0, payload: '01020304' })
  })
})
