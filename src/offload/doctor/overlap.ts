import { ipBytes, macBytes } from '../../base/types.js'
import { tc } from '../../kernel/index.js'

/**
 * True unless it is certain that no packet matches both.
 * @param ours what it matches is compared; whatever else the other one matches may be so
 */
export function overlap(ours: tc.FlowerFilter, other: tc.Filter): boolean {
  if (ours.protocol !== other.protocol && ours.protocol !== tc.ETH_P_ALL && other.protocol !== tc.ETH_P_ALL)
    return false
  // matchall takes all; of other kinds (u32, bpf …) nobody knows.
  if (other.kind !== 'flower') return true
  const [a, b] = [ours.match, other.match]
  return (
    agree(macBytes, a.ethSrc, b.ethSrc, a.ethSrcMask, b.ethSrcMask) &&
    agree(macBytes, a.ethDst, b.ethDst, a.ethDstMask, b.ethDstMask) &&
    agree(ipBytes, a.encSrcIp, b.encSrcIp, a.encSrcIpMask, b.encSrcIpMask) &&
    agree(ipBytes, a.encDstIp, b.encDstIp, a.encDstIpMask, b.encDstIpMask) &&
    agree(wordBytes, a.encDstPort, b.encDstPort, a.encDstPortMask, b.encDstPortMask) &&
    agree(wordBytes, a.encKeyId, b.encKeyId, undefined, undefined) &&
    optionsAgree(a, b)
  )
}

/** Whether two values of a field are the same in all bits that both masks have; a mask that is missing has all. */
function agree<T>(bytesOf: (value: T) => Uint8Array, x?: T, y?: T, xMask?: T, yMask?: T): boolean {
  if (x === undefined || y === undefined) return true
  const [a, b] = [bytesOf(x), bytesOf(y)]
  // No packet has addresses of both families.
  if (a.length !== b.length) return false
  const [am, bm] = [xMask && bytesOf(xMask), yMask && bytesOf(yMask)]
  return a.every((byte, at) => ((byte ^ (b[at] ?? 0)) & (am?.[at] ?? 0xff) & (bm?.[at] ?? 0xff)) === 0)
}

function wordBytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** Of one GENEVE option each, the data; more of them, or other kinds, may be the same. */
function optionsAgree(a: tc.FlowerMatch, b: tc.FlowerMatch): boolean {
  const [x, ...more] = a.encOpts?.geneve ?? []
  const [y, ...others] = b.encOpts?.geneve ?? []
  if (x?.data === undefined || y?.data === undefined || more.length + others.length > 0) return true
  if (x.class !== y.class || x.type !== y.type || x.data.length !== y.data.length) return true
  const [xMask, yMask] = [a.encOptsMask?.geneve?.[0]?.data, b.encOptsMask?.geneve?.[0]?.data]
  return agree((text: string) => Buffer.from(text, 'hex'), x.data, y.data, xMask, yMask)
}
