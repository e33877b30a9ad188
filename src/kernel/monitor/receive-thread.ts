import { constants } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { lastErrno } from '../netlink/libc.js'
import { Receiver } from '../netlink/receiver.js'
import { uapi } from '../uapi.js'
import { Handover } from './handover.js'

/** What the thread is started with. */
export interface ReceiveOrder {
  fd: number
  shared: SharedArrayBuffer
  /** Bytes on the way at which it waits. */
  limit: number
  /** That a datagram may have, at first. */
  datagramBytes: number
}

/** What the thread posts, in the order in which the kernel told it. */
export type Received =
  /** Whole datagrams one after the other; each `ends` where the next begins. */
  | { bytes: Uint8Array; ends: number[] }
  /** Something was lost at this place. With `overrun` also what was posted before is out of date. */
  | { lost: 'overrun' | 'truncated' }
  /** The last one: receiving is impossible. */
  | { errno: number }

const DATAGRAMS = 64

/** Blocks in recvmmsg, hands over what comes; ends when it is told to. */
function receive({ fd, shared, limit, datagramBytes }: ReceiveOrder, post: (what: Received) => void): void {
  const handover = new Handover(limit, shared)
  let receiver = new Receiver(DATAGRAMS, datagramBytes)
  while (handover.waitForRoom()) {
    const count = receiver.fill(fd, uapi.MSG_TRUNC | uapi.MSG_WAITFORONE)
    if (count >= 0) {
      const largest = pass(receiver, count, handover, post)
      if (largest > receiver.size) receiver = new Receiver(DATAGRAMS, largest * 2)
      continue
    }
    const errno = lastErrno()
    if (errno === constants.errno.ENOBUFS) {
      discard(receiver, fd, handover)
      post({ lost: 'overrun' })
    } else if (errno !== constants.errno.EINTR && errno !== constants.errno.EAGAIN) {
      post({ errno })
      return
    }
  }
}

/** Posts what was received, and returns the size of the largest datagram. */
function pass(receiver: Receiver, count: number, handover: Handover, post: (what: Received) => void): number {
  let largest = 0
  let from = 0
  for (let i = 0; i < count; i++) {
    const size = receiver.lengthOf(i)
    if (size <= receiver.size) continue
    largest = Math.max(largest, size)
    postDatagrams(receiver, from, i, handover, post)
    // Any process may send to our port; only the kernel is port 0.
    if (receiver.senderOf(i) === 0) post({ lost: 'truncated' })
    from = i + 1
  }
  postDatagrams(receiver, from, count, handover, post)
  return largest
}

function postDatagrams(
  receiver: Receiver,
  from: number,
  to: number,
  handover: Handover,
  post: (what: Received) => void,
): void {
  const ours: number[] = []
  let length = 0
  for (let i = from; i < to; i++) {
    if (receiver.senderOf(i) !== 0) continue
    ours.push(i)
    length += receiver.lengthOf(i)
  }
  if (length === 0) return
  const bytes = new Uint8Array(length)
  const ends: number[] = []
  let at = 0
  for (const i of ours) {
    const size = receiver.lengthOf(i)
    bytes.set(receiver.sourceOf(i).bytes.subarray(0, size), at)
    at += size
    ends.push(at)
  }
  handover.add(length)
  post({ bytes, ends })
}

/**
 * Empties the queue. ENOBUFS comes before what was queued when the loss happened, and as long as the queue isn't empty
 * more is lost without another ENOBUFS (af_netlink.c netlink_overrun, netlink_rcv_wake). So only what is told after the
 * queue was seen empty is known to be complete again.
 */
function discard(receiver: Receiver, fd: number, handover: Handover): void {
  while (!handover.stopped) {
    if (receiver.fill(fd, uapi.MSG_TRUNC | uapi.MSG_DONTWAIT) >= 0) continue
    if (lastErrno() === constants.errno.EAGAIN) return
  }
}

receive(workerData as ReceiveOrder, (what) => {
  parentPort?.postMessage(what, 'bytes' in what ? [what.bytes.buffer as ArrayBuffer] : [])
})
