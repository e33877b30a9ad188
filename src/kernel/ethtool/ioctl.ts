import { constants } from 'node:os'
import koffi from 'koffi'
import { HOST_LITTLE_ENDIAN } from '../netlink/bytes.js'
import { KernelRefusal } from '../netlink/extack.js'
import { addressOf, close, lastErrno, socket } from '../netlink/libc.js'
import { inNetns } from '../netlink/netns.js'
import { uapi } from '../uapi.js'

const ioctl: (fd: number, request: number, kind: 'void *', argument: Uint8Array) => number = koffi
  .load('libc.so.6')
  .func('int ioctl(int fd, unsigned long request, ...)')

/** linux/if.h struct ifreq: the device's name, then a union that ends in a pointer here. */
const IFNAMSIZ = 16
const IFREQ = 40

/**
 * What ethtool's netlink family hasn't got: the driver's name and its own counters come by SIOCETHTOOL, for devices of one
 * network namespace.
 */
export class EthtoolIoctl implements Disposable {
  readonly #fd: number
  #closed = false

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** @param options.netns path of a network namespace; the calling thread's own where missing */
  static open(options: { netns?: string } = {}): EthtoolIoctl {
    const create = () => socket(uapi.AF_INET, uapi.SOCK_DGRAM | uapi.SOCK_CLOEXEC, 0)
    const fd = options.netns === undefined ? create() : inNetns(options.netns, create)
    if (fd < 0) throw new KernelRefusal('open a socket', { errno: lastErrno() })
    return new EthtoolIoctl(fd)
  }

  /**
   * One command of linux/ethtool.h; the kernel answers into the same bytes.
   * @param bytes at least 64, so that they stay where they are; a u32, the command, is written first
   * @throws KernelRefusal ENODEV, EOPNOTSUPP …
   */
  call(what: string, device: string, command: number, bytes: Uint8Array): void {
    const request = new Uint8Array(IFREQ)
    const name = new TextEncoder().encode(device)
    if (name.length >= IFNAMSIZ) throw new KernelRefusal(`${what} of ${device}`, { errno: constants.errno.ENODEV })
    request.set(name)
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, command, HOST_LITTLE_ENDIAN)
    new DataView(request.buffer).setBigUint64(IFNAMSIZ, addressOf(bytes), HOST_LITTLE_ENDIAN)
    if (ioctl(this.#fd, uapi.SIOCETHTOOL, 'void *', request) < 0) {
      throw new KernelRefusal(`${what} of ${device}`, { errno: lastErrno() })
    }
  }

  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    close(this.#fd)
  }
}
