import assert from 'node:assert/strict'
import { readEvents } from '../../../src/kernel/monitor/event.js'
import { ByteSource } from '../../../src/kernel/netlink/bytes.js'
import { type Conversation, replay } from './conversation.js'
import { mutate } from './mutate.js'
import { Random } from './random.js'

/**
 * Answers each conversation again and again with one datagram changed, `count` times in all. What comes of it must be a
 * value or an error of ours, the same whatever is behind the datagram in the buffer.
 */
export function fuzz(conversations: readonly Conversation[], count: number, seed: number): void {
  const datagrams = conversations.flatMap(({ answers }) => answers)
  const random = new Random(seed)
  for (let i = 0; i < count; i++) {
    const conversation = random.pick(conversations)
    const changed = random.below(conversation.answers.length)
    const datagram = mutate(conversation.answers[changed] as Uint8Array, random, random.pick(datagrams))
    try {
      withoutStacks(() => decode(conversation, datagram, changed))
    } catch (error) {
      const bytes = Buffer.from(datagram).toString('hex')
      const which = `${conversation.name}: case ${i} of seed ${seed}, datagram ${changed} is ${bytes}`
      throw new Error(`${which}: ${error}`, { cause: thrownBy(() => decode(conversation, datagram, changed)) })
    }
  }
}

function decode(conversation: Conversation, datagram: Uint8Array, changed: number): void {
  const answers = conversation.answers.map((answer, at) => (at === changed ? datagram : answer))
  assert.equal(replay(conversation, answers, 0x00), replay(conversation, answers, 0xff), 'what is behind it matters')
  readEvents(new ByteSource(datagram))
}

/** Most cases throw, and taking down the stack takes longer than all the rest. */
function withoutStacks(work: () => void): void {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    work()
  } finally {
    Error.stackTraceLimit = limit
  }
}

function thrownBy(work: () => void): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}
