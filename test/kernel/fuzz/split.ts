import { ByteSource } from '../../../src/kernel/netlink/bytes.js'
import { forEachMessage, NLMSG_HDRLEN } from '../../../src/kernel/netlink/message.js'
import { uapi } from '../../../src/kernel/uapi.js'
import type { Conversation } from './conversation.js'

interface Part {
  type: number
  sequence: number
  bytes: Uint8Array
}

/** Messages that stay together: one is changed, the other must survive it. */
const TOGETHER = 2

/** A long dump as several short ones, so that a case is decoded quickly. */
export function split(conversation: Conversation): Conversation[] {
  const parts = conversation.answers.flatMap(partsOf)
  const done = parts.at(-1)
  if (done?.type !== uapi.NLMSG_DONE) return [conversation]
  // What came before the dump: the look-up of a family.
  const before = parts.filter(({ sequence }) => sequence !== done.sequence)
  const dumped = parts.slice(before.length, -1)
  const short: Conversation[] = []
  for (let i = 0; i < Math.max(dumped.length, 1); i += TOGETHER) {
    const together = new Uint8Array(Buffer.concat(dumped.slice(i, i + TOGETHER).map(({ bytes }) => bytes)))
    const answers = [...before.map(({ bytes }) => bytes), together, done.bytes]
    short.push({ ...conversation, answers: answers.filter(({ length }) => length > 0) })
  }
  return short
}

/** With their padding. */
function partsOf(datagram: Uint8Array): Part[] {
  const parts: Part[] = []
  forEachMessage(new ByteSource(datagram), datagram.length, ({ type, sequence, start, end }) => {
    parts.push({ type, sequence, bytes: datagram.slice(start - NLMSG_HDRLEN, (end + 3) & ~3) })
  })
  return parts
}
