import { NicsteerError } from '../../base/errors.js'
import { uapi } from '../uapi.js'
import { ByteWriter } from './bytes.js'
import { type Ack, readAck, readDone, refusal } from './extack.js'
import { forEachMessage, type Message, type Request, writeMessage } from './message.js'
import { isLoss, type NetlinkSocket } from './socket.js'

/** A dump that changes under the reader is read again, but not for ever. */
const ATTEMPTS = 10

/**
 * All answers to a dump request, decoded; what decodes to undefined is left out. A dump that was interrupted by a
 * change (NLM_F_DUMP_INTR), or of which the kernel lost parts, is read again from its beginning.
 * @throws KernelRefusal; NicsteerError NETLINK_DUMP_INTERRUPTED when it never stood still
 */
export function dump<R>(socket: NetlinkSocket, request: Request, decode: (message: Message) => R | undefined): R[] {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const results = dumpOnce(socket, request, decode)
    if (results !== undefined) return results
  }
  throw new NicsteerError('NETLINK_DUMP_INTERRUPTED', `${request.what}: changed while it was read, ${ATTEMPTS} times`, {
    hint: 'try again when fewer changes are made',
  })
}

/** undefined: what was read is not one consistent state. */
function dumpOnce<R>(socket: NetlinkSocket, request: Request, decode: (message: Message) => R | undefined) {
  const out = new ByteWriter(1024)
  const sequence = socket.nextSequence()
  writeMessage(out, request, request.flags | uapi.NLM_F_REQUEST | uapi.NLM_F_DUMP, sequence)
  socket.send(out.written())

  const results: R[] = []
  let consistent = true
  let failure: unknown
  let end: Ack | undefined
  const visit = (message: Message): void => {
    if (message.sequence !== sequence || message.portId !== socket.portId) return
    if ((message.flags & uapi.NLM_F_DUMP_INTR) !== 0) consistent = false
    if (message.type === uapi.NLMSG_DONE) end = readDone(message)
    else if (message.type === uapi.NLMSG_ERROR) end = readAck(message)
    else if (failure === undefined && consistent) {
      try {
        const result = decode(message)
        if (result !== undefined) results.push(result)
      } catch (error) {
        // A socket has one dump at a time: it is read to its end first, or the next one is refused (EBUSY).
        failure = error
      }
    }
  }
  while (end === undefined) {
    try {
      const datagram = socket.receive()
      forEachMessage(datagram.source, datagram.end, visit)
    } catch (error) {
      if (!isLoss(error)) throw error
      consistent = false
    }
  }
  if (failure !== undefined) throw failure
  if (end.errno !== 0) throw refusal(request, out.written(), end)
  return consistent ? results : undefined
}
