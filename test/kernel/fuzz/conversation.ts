import { NicsteerError } from '../../../src/base/errors.js'
import { ByteSource } from '../../../src/kernel/netlink/bytes.js'
import type { Datagram, NetlinkSocket } from '../../../src/kernel/netlink/socket.js'

/** A function of ours that asks the kernel something, and what the kernel answered. */
export interface Conversation {
  name: string
  ask: (socket: NetlinkSocket) => unknown
  answers: readonly Uint8Array[]
  portId: number
}

/** The part of a NetlinkSocket that asking needs. */
type Asked = Pick<NetlinkSocket, 'portId' | 'nextSequence' | 'send' | 'receive' | 'discard'>

/** A request's first sequence number is 1, the next one's … */
export const SEQUENCE_STEP = 1000

function sequences(): Asked['nextSequence'] {
  let next = 1 - SEQUENCE_STEP
  return () => (next += SEQUENCE_STEP)
}

/** Asks the kernel; a refusal is an answer too. @param open a socket that was not used before */
export function record(name: string, open: () => NetlinkSocket, ask: Conversation['ask']): Conversation {
  using socket = open()
  const answers: Uint8Array[] = []
  const tapped: Asked = {
    portId: socket.portId,
    nextSequence: sequences(),
    send: (messages) => socket.send(messages),
    receive: () => {
      const datagram = socket.receive()
      answers.push(datagram.source.bytes.slice(0, datagram.end))
      return datagram
    },
    discard: () => socket.discard(),
  }
  outcomeOf(ask, tapped as NetlinkSocket)
  return { name, ask, answers, portId: socket.portId }
}

/** What is received into, again and again; its length is more than any answer's. */
const BUFFER = new ByteSource(new Uint8Array(1 << 17))
/** How much of it is rubbish behind an answer. */
const BEHIND = 64

/**
 * Has the same question answered once more, by other bytes.
 * @param rubbish what the receive buffer holds behind the answer
 * @returns what became of it, as text
 * @throws whatever isn't one of our errors
 */
export function replay({ ask, portId }: Conversation, answers: readonly Uint8Array[], rubbish: number): string {
  let next = 0
  const socket: Asked = {
    portId,
    nextSequence: sequences(),
    send: () => {},
    receive: (): Datagram => {
      const answer = answers[next++]
      if (answer === undefined) throw new NicsteerError('NETLINK_SILENT', 'no more answers')
      BUFFER.bytes.set(answer)
      BUFFER.bytes.fill(rubbish, answer.length, answer.length + BEHIND)
      return { source: BUFFER, end: answer.length }
    },
    discard: () => {},
  }
  return outcomeOf(ask, socket as NetlinkSocket)
}

function outcomeOf(ask: Conversation['ask'], socket: NetlinkSocket): string {
  try {
    return JSON.stringify(ask(socket)) ?? 'undefined'
  } catch (error) {
    if (error instanceof NicsteerError) return `${error.code}: ${error.message}`
    throw error
  }
}
