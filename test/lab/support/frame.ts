import { parseIp } from '../../../src/base/types.js'

/** Frames for the tests, built by hand: what goes on the wire is exactly what is written here. */

export interface VlanTag {
  id: number
  priority?: number
  /** TPID; 0x8100 unless told. */
  ethertype?: number
}

export interface FrameSpec {
  src: string
  dst: string
  vlans?: VlanTag[]
  /** EtherType of `payload` when it isn't one of the layers below. */
  ethertype?: number
  ipv4?: Ipv4Spec
  ipv6?: { src: string; dst: string; hopLimit?: number }
  udp?: { src: number; dst: number }
  tcp?: { src: number; dst: number; flags?: number }
  icmp?: { type: number; code?: number }
  payload?: Uint8Array
}

export interface Ipv4Spec {
  src: string
  dst: string
  ttl?: number
  tos?: number
  /** Fragment offset in units of 8 bytes. */
  fragmentOffset?: number
  moreFragments?: boolean
}

const ETH_P_IP = 0x0800
const ETH_P_IPV6 = 0x86dd
const ETH_P_8021Q = 0x8100

export function mac(text: string): Buffer {
  return Buffer.from(text.replaceAll(':', ''), 'hex')
}

function address4(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number))
}

function address6(text: string): Buffer {
  const [head = '', tail = ''] = text.split('::')
  const words = (part: string) => part.split(':').filter(Boolean)
  const front = words(head)
  const back = words(tail)
  const all = [...front, ...Array<string>(8 - front.length - back.length).fill('0'), ...back]
  const bytes = Buffer.alloc(16)
  for (const [index, word] of all.entries()) bytes.writeUInt16BE(Number.parseInt(word, 16), 2 * index)
  return bytes
}

/** RFC 1071. */
export function internetChecksum(...parts: Uint8Array[]): number {
  let sum = 0
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0)
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function transport(spec: FrameSpec, pseudo: Buffer): { protocol: number; bytes: Buffer } {
  const payload = Buffer.from(spec.payload ?? Buffer.alloc(0))
  if (spec.udp) {
    const header = Buffer.alloc(8)
    header.writeUInt16BE(spec.udp.src, 0)
    header.writeUInt16BE(spec.udp.dst, 2)
    header.writeUInt16BE(8 + payload.length, 4)
    return checksummed(17, pseudo, header, payload, 6)
  }
  if (spec.tcp) {
    const header = Buffer.alloc(20)
    header.writeUInt16BE(spec.tcp.src, 0)
    header.writeUInt16BE(spec.tcp.dst, 2)
    header[12] = 5 << 4
    header[13] = spec.tcp.flags ?? 0x10
    header.writeUInt16BE(0xffff, 14)
    return checksummed(6, pseudo, header, payload, 16)
  }
  if (spec.icmp) {
    const header = Buffer.alloc(8)
    header[0] = spec.icmp.type
    header[1] = spec.icmp.code ?? 0
    header.writeUInt16BE(internetChecksum(header, payload), 2)
    return { protocol: 1, bytes: Buffer.concat([header, payload]) }
  }
  return { protocol: 0, bytes: payload }
}

function checksummed(protocol: number, pseudo: Buffer, header: Buffer, payload: Buffer, at: number) {
  const tail = Buffer.from([
    0,
    protocol,
    (header.length + payload.length) >> 8,
    (header.length + payload.length) & 0xff,
  ])
  header.writeUInt16BE(internetChecksum(pseudo, tail, header, payload), at)
  return { protocol, bytes: Buffer.concat([header, payload]) }
}

function network(spec: FrameSpec): { ethertype: number; bytes: Buffer } {
  if (spec.ipv4) {
    const { src, dst, ttl = 64, tos = 0, fragmentOffset = 0, moreFragments = false } = spec.ipv4
    const addresses = Buffer.concat([address4(src), address4(dst)])
    const { protocol, bytes } = transport(spec, addresses)
    const header = Buffer.alloc(20)
    header[0] = 0x45
    header[1] = tos
    header.writeUInt16BE(20 + bytes.length, 2)
    header.writeUInt16BE((moreFragments ? 0x2000 : 0) | fragmentOffset, 6)
    header[8] = ttl
    header[9] = protocol
    addresses.copy(header, 12)
    header.writeUInt16BE(internetChecksum(header), 10)
    return { ethertype: ETH_P_IP, bytes: Buffer.concat([header, bytes]) }
  }
  if (spec.ipv6) {
    const addresses = Buffer.concat([address6(spec.ipv6.src), address6(spec.ipv6.dst)])
    const { protocol, bytes } = transport(spec, addresses)
    const header = Buffer.alloc(8)
    header[0] = 0x60
    header.writeUInt16BE(bytes.length, 4)
    header[6] = protocol || 59 // no next header
    header[7] = spec.ipv6.hopLimit ?? 64
    return { ethertype: ETH_P_IPV6, bytes: Buffer.concat([header, addresses, bytes]) }
  }
  return { ethertype: spec.ethertype ?? 0x88b5, bytes: Buffer.from(spec.payload ?? Buffer.alloc(0)) }
}

/** The bytes of a frame, padded to 60 (the minimum without FCS) with zeros. */
export function frame(spec: FrameSpec): Buffer {
  const { ethertype, bytes } = network(spec)
  const tags = (spec.vlans ?? []).map(({ id, priority = 0, ethertype: tpid = ETH_P_8021Q }) => {
    const tag = Buffer.alloc(4)
    tag.writeUInt16BE(tpid, 0)
    tag.writeUInt16BE((priority << 13) | id, 2)
    return tag
  })
  const type = Buffer.alloc(2)
  type.writeUInt16BE(ethertype)
  const whole = Buffer.concat([mac(spec.dst), mac(spec.src), ...tags, type, bytes])
  return whole.length >= 60 ? whole : Buffer.concat([whole, Buffer.alloc(60 - whole.length)])
}

/** The outer headers of a frame that carries GENEVE (RFC 8926) or VXLAN (RFC 7348) over IPv4 or IPv6; undefined when it carries neither. */
export interface Outer {
  /** 802.1Q tag of the outer frame, where it has one. */
  vlan?: number
  srcMac: string
  dstMac: string
  src: string
  dst: string
  ttl: number
  tos: number
  dontFragment: boolean
  udpSource: number
  udpDestination: number
  udpChecksum: number
  vni: number
  /** GENEVE's flags byte (O and C bits) or VXLAN's. */
  flags: number
  /** GENEVE options, raw. */
  options: Buffer
  inner: Buffer
}

const macText = (bytes: Buffer) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':')

export function outerOf(data: Buffer): Outer | undefined {
  const ethertype = data.readUInt16BE(12)
  if (ethertype === ETH_P_8021Q) {
    const outer = outerOf(Buffer.concat([data.subarray(0, 12), data.subarray(16)]))
    return outer && { ...outer, vlan: data.readUInt16BE(14) & 0xfff }
  }
  const v4 = ethertype === ETH_P_IP
  if (!v4 && ethertype !== ETH_P_IPV6) return undefined
  const udp = v4 ? 14 + ((data[14] ?? 0) & 15) * 4 : 54
  if ((v4 ? data[23] : data[20]) !== 17) return undefined
  const udpDestination = data.readUInt16BE(udp + 2)
  if (udpDestination !== 6081 && udpDestination !== 4789) return undefined
  const tunnel = udp + 8
  const optionLength = udpDestination === 6081 ? ((data[tunnel] ?? 0) & 0x3f) * 4 : 0
  const ip = (at: number) =>
    v4 ? data.subarray(at, at + 4).join('.') : parseIp(data.toString('hex', at, at + 16).replace(/.{4}(?!$)/g, '$&:'))
  return {
    dstMac: macText(data.subarray(0, 6)),
    srcMac: macText(data.subarray(6, 12)),
    src: ip(v4 ? 26 : 22),
    dst: ip(v4 ? 30 : 38),
    ttl: (v4 ? data[22] : data[21]) ?? 0,
    tos: (v4 ? data[15] : data.readUInt16BE(14) >> 4) ?? 0,
    dontFragment: v4 && ((data[20] ?? 0) & 0x40) !== 0,
    udpSource: data.readUInt16BE(udp),
    udpDestination,
    udpChecksum: data.readUInt16BE(udp + 6),
    vni: data.readUIntBE(tunnel + 4, 3),
    flags: (udpDestination === 6081 ? data[tunnel + 1] : data[tunnel]) ?? 0,
    options: data.subarray(tunnel + 8, tunnel + 8 + optionLength),
    inner: data.subarray(tunnel + 8 + optionLength),
  }
}
