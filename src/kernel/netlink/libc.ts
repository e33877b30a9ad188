import koffi from 'koffi'

/**
 * The few calls of libc that netlink needs. koffi has no ssize_t; `long` has its size on every Linux ABI. A call sets
 * koffi.errno(), to be read before anything else is called.
 */
const libc = koffi.load('libc.so.6')

type Bytes = Uint8Array

/** What koffi adds to each function: the call on a thread of libuv's pool. */
interface OnThread<A extends unknown[]> {
  async(...args: [...A, done: (error: Error | null, result: number) => void]): void
}

export const socket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
)
export const bind: (fd: number, address: Bytes, length: number) => number = libc.func(
  'int bind(int fd, void *address, uint32_t length)',
)
export const getsockname: (fd: number, address: Bytes, length: Bytes) => number = libc.func(
  'int getsockname(int fd, void *address, void *length)',
)
export const setsockopt: (fd: number, level: number, option: number, value: Bytes, length: number) => number =
  libc.func('int setsockopt(int fd, int level, int option, void *value, uint32_t length)')
type SendTo = [fd: number, bytes: Bytes, length: number, flags: number, address: Bytes, addressLength: number]
export const sendto: ((...args: SendTo) => number) & OnThread<SendTo> = libc.func(
  'long sendto(int fd, void *bytes, size_t length, int flags, void *address, uint32_t alen)',
)
type RecvMmsg = [fd: number, headers: Bytes, count: number, flags: number, timeout: null]
export const recvmmsg: ((...args: RecvMmsg) => number) & OnThread<RecvMmsg> = libc.func(
  'int recvmmsg(int fd, void *headers, uint32_t count, int flags, void *timeout)',
)
export const close: (fd: number) => number = libc.func('int close(int fd)')
/** Of the calling thread only. */
export const setns: (fd: number, type: number) => number = libc.func('int setns(int fd, int type)')

/** Where an array's bytes are. Those of 64 bytes and more never move (V8 keeps shorter ones in its own heap). */
export function addressOf(bytes: Bytes): bigint {
  return koffi.address(bytes)
}

/**
 * The call's result, or its errno as a negative number, without holding up this thread. The arrays' bytes must not
 * move meanwhile: see {@link addressOf}.
 */
export function onThread<A extends unknown[]>(call: OnThread<A>, ...args: A): Promise<number> {
  return new Promise((resolve, reject) => {
    call.async(...args, (error, result) => {
      if (error !== null) reject(error)
      else resolve(result < 0 ? -koffi.errno() : result)
    })
  })
}

export function lastErrno(): number {
  return koffi.errno()
}
