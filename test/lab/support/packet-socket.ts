import { readFileSync } from 'node:fs'
import koffi from 'koffi'

// packet(7): raw frames of one device, in or out, seen by none of our own code.
const libc = koffi.load('libc.so.6')
const open = libc.func('int open(const char *path, int flags)')
const close = libc.func('int close(int fd)')
const setns = libc.func('int setns(int fd, int type)')
const socket = libc.func('int socket(int domain, int type, int protocol)')
const bind = libc.func('int bind(int fd, void *address, uint length)')
const send = libc.func('long send(int fd, void *data, size_t length, int flags)')
koffi.struct('iovec', { base: 'void *', length: 'size_t' })
koffi.struct('msghdr', {
  name: 'void *',
  nameLength: 'uint',
  iov: 'iovec *',
  iovLength: 'size_t',
  control: 'void *',
  controlLength: 'size_t',
  flags: 'int',
})
const recvmsg = libc.func('long recvmsg(int fd, _Inout_ msghdr *message, int flags)')
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, void *value, uint length)')
const nameToIndex = libc.func('uint if_nametoindex(const char *name)')

const AF_PACKET = 17
const SOCK_RAW = 3
const ETH_P_ALL = 3
const PACKET_OUTGOING = 4
const MSG_DONTWAIT = 0x40
const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
const SOL_PACKET = 263
const PACKET_AUXDATA = 8
const TP_STATUS_VLAN_VALID = 0x10

export interface Frame {
  data: Buffer
  /** True when this machine sent it out of the device; false when it came in. */
  outgoing: boolean
}

/** Runs `action` with this thread in a network namespace, and comes back also when it throws. */
function inNamespace<T>(ns: string, action: () => T): T {
  const own = open('/proc/thread-self/ns/net', 0)
  const other = open(`/run/netns/${ns}`, 0)
  if (other < 0) throw new Error(`no network namespace ${ns}`)
  try {
    if (setns(other, 0) !== 0) throw new Error(`setns ${ns}`)
    return action()
  } finally {
    setns(own, 0)
    close(own)
    close(other)
  }
}

/** A raw socket on one device of one namespace: sends frames, and keeps those that pass until they are read. */
export class PacketSocket implements Disposable {
  private readonly fd: number
  private readonly buffer = Buffer.alloc(1 << 17)
  private readonly address = Buffer.alloc(32)
  private readonly control = Buffer.alloc(64)

  constructor(ns: string, device: string) {
    this.fd = inNamespace(ns, () => {
      const fd = socket(AF_PACKET, SOCK_RAW, ETH_P_ALL << 8)
      const index = nameToIndex(device)
      if (fd < 0 || index === 0) throw new Error(`no packet socket on ${device} in ${ns}`)
      const size = Buffer.alloc(4)
      size.writeUInt32LE(64 << 20)
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4)
      const on = Buffer.from([1, 0, 0, 0])
      setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, on, 4)
      // struct sockaddr_ll: family, protocol (big endian), ifindex
      const address = Buffer.alloc(20)
      address.writeUInt16LE(AF_PACKET, 0)
      address.writeUInt16BE(ETH_P_ALL, 2)
      address.writeUInt32LE(index, 4)
      if (bind(fd, address, address.length) !== 0) throw new Error(`bind to ${device} in ${ns}`)
      return fd
    })
  }

  send(frame: Uint8Array): void {
    const sent = send(this.fd, frame, frame.length, 0)
    if (sent !== frame.length) throw new Error(`sent ${sent} of ${frame.length} bytes, errno ${koffi.errno()}`)
  }

  /** The frames that have passed since the last call; a VLAN tag that the kernel keeps beside the packet is put back in its place. */
  frames(): Frame[] {
    const found: Frame[] = []
    for (;;) {
      const message = {
        name: this.address,
        nameLength: this.address.length,
        iov: { base: this.buffer, length: this.buffer.length },
        iovLength: 1,
        control: this.control,
        controlLength: this.control.length,
        flags: 0,
      }
      this.control.fill(0)
      const length = recvmsg(this.fd, message, MSG_DONTWAIT)
      if (length < 0) return found
      const data = withVlanTag(Buffer.from(this.buffer.subarray(0, length)), this.control)
      found.push({ data, outgoing: this.address[10] === PACKET_OUTGOING })
    }
  }

  [Symbol.dispose](): void {
    close(this.fd)
  }
}

/**
 * packet(7), PACKET_AUXDATA: struct tpacket_auxdata after the 16 bytes of struct cmsghdr; status at 0, tp_vlan_tci at 16, tp_vlan_tpid at 18.
 */
function withVlanTag(data: Buffer, control: Buffer): Buffer {
  if (control.readUInt32LE(8) !== SOL_PACKET || (control.readUInt32LE(16) & TP_STATUS_VLAN_VALID) === 0) return data
  const tag = Buffer.alloc(4)
  tag.writeUInt16BE(control.readUInt16LE(16 + 18), 0)
  tag.writeUInt16BE(control.readUInt16LE(16 + 16), 2)
  return Buffer.concat([data.subarray(0, 12), tag, data.subarray(12)])
}

/** One counter of /sys/class/net/DEVICE/statistics in this process' namespace. */
export function deviceCounter(device: string, name: string): number {
  return Number(readFileSync(`/sys/class/net/${device}/statistics/${name}`, 'utf8'))
}
