import type { IpAddress } from '../../../base/types.js'
import { MalformedMessage } from '../../netlink/attribute.js'
import { be16, type Hex, hex, ip, padding, string, u8, u16, u32 } from '../../netlink/codec.js'
import { attribute, attributes, byFamily, type Infer } from '../../netlink/schema.js'
import { uapi } from '../../uapi.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Sends the packet through connection tracking; a goto to the next chain usually follows. */
export interface Ct extends ActionParameters {
  kind: 'ct'
  commit?: boolean
  /** With `commit`: takes over a connection that was tracked in the other direction. */
  force?: boolean
  /** Forgets the state; nothing else counts then. */
  clear?: boolean
  /** 0 where missing. */
  zone?: number
  mark?: number
  /** All bits where missing, as for `labelMask`. */
  markMask?: number
  /** 16 bytes. */
  label?: Hex
  labelMask?: Hex
  nat?: Nat
  /** Linux 6.3 and newer. */
  helper?: CtHelper
}

/** Without a direction: as the connection was translated when it was committed. */
export interface Nat {
  direction?: 'src' | 'dst'
  ip?: IpAddress
  /** End of the range, `ip` where missing. */
  maxIp?: IpAddress
  port?: number
  maxPort?: number
}

export interface CtHelper {
  /** As in `nf_conntrack_NAME`: ftp, tftp … */
  name: string
  family: 'ipv4' | 'ipv6'
  /** IPPROTO_* */
  protocol: number
}

const options = attributes({
  parms: attribute('TCA_CT_PARMS', generic),
  tm: attribute('TCA_CT_TM', wireAge),
  action: attribute('TCA_CT_ACTION', u16),
  zone: attribute('TCA_CT_ZONE', u16),
  mark: attribute('TCA_CT_MARK', u32),
  markMask: attribute('TCA_CT_MARK_MASK', u32),
  label: attribute('TCA_CT_LABELS', hex),
  labelMask: attribute('TCA_CT_LABELS_MASK', hex),
  ip: byFamily(attribute('TCA_CT_NAT_IPV4_MIN', ip), attribute('TCA_CT_NAT_IPV6_MIN', ip)),
  maxIp: byFamily(attribute('TCA_CT_NAT_IPV4_MAX', ip), attribute('TCA_CT_NAT_IPV6_MAX', ip)),
  port: attribute('TCA_CT_NAT_PORT_MIN', be16),
  maxPort: attribute('TCA_CT_NAT_PORT_MAX', be16),
  pad: attribute('TCA_CT_PAD', padding),
  helperName: attribute('TCA_CT_HELPER_NAME', string),
  helperFamily: attribute('TCA_CT_HELPER_FAMILY', u8),
  helperProtocol: attribute('TCA_CT_HELPER_PROTO', u8),
})
type Wire = Infer<typeof options>

const IPPROTO_TCP = 6
const FULL_LABEL = 'f'.repeat(32)

export const ct: ActionKind<Ct> = {
  kind: 'ct',
  names: options,
  write(out, action) {
    const { zone, mark, markMask, label, labelMask, nat, helper, unknown } = action
    options.write(out, {
      parms: genericOf(action, 'pipe'),
      action: flagsOf(action),
      zone,
      mark,
      markMask,
      label,
      labelMask,
      ip: nat?.ip,
      maxIp: nat?.maxIp,
      port: nat?.port,
      maxPort: nat?.maxPort,
      helperName: helper?.name,
      helperFamily: helper && (helper.family === 'ipv6' ? uapi.AF_INET6 : uapi.AF_INET),
      helperProtocol: helper?.protocol,
      unknown,
    })
  },
  read(source, start, end) {
    const wire = options.read(source, start, end)
    const { parms: head, action: flags = 0, zone, mark, markMask, label, labelMask } = wire
    if (head === undefined) throw new MalformedMessage('ct action without TCA_CT_PARMS')
    const action: Ct = { kind: 'ct' }
    if (flags & uapi.TCA_CT_ACT_COMMIT) action.commit = true
    if (flags & uapi.TCA_CT_ACT_FORCE) action.force = true
    if (flags & uapi.TCA_CT_ACT_CLEAR) action.clear = true
    // The kernel's answer always has a zone, and full masks (act_ct.c tcf_ct_dump): one form for what means the same.
    if (zone) action.zone = zone
    if (mark !== undefined) action.mark = mark
    if (markMask !== undefined && markMask !== 0xffffffff) action.markMask = markMask
    if (label !== undefined) action.label = label
    if (labelMask !== undefined && labelMask !== FULL_LABEL) action.labelMask = labelMask
    if (flags & uapi.TCA_CT_ACT_NAT) action.nat = natOf(flags, wire)
    if (wire.helperName !== undefined) action.helper = helperOf(wire.helperName, wire)
    return withParameters(action, head, 'pipe', wire)
  },
}

function flagsOf({ commit, force, clear, nat }: Ct): number {
  return (
    (commit ? uapi.TCA_CT_ACT_COMMIT : 0) |
    (force ? uapi.TCA_CT_ACT_FORCE : 0) |
    (clear ? uapi.TCA_CT_ACT_CLEAR : 0) |
    (nat === undefined ? 0 : uapi.TCA_CT_ACT_NAT) |
    (nat?.direction === 'src' ? uapi.TCA_CT_ACT_NAT_SRC : 0) |
    (nat?.direction === 'dst' ? uapi.TCA_CT_ACT_NAT_DST : 0)
  )
}

function natOf(flags: number, { ip: minIp, maxIp, port, maxPort }: Wire): Nat {
  const nat: Nat = {}
  if (flags & uapi.TCA_CT_ACT_NAT_SRC) nat.direction = 'src'
  if (flags & uapi.TCA_CT_ACT_NAT_DST) nat.direction = 'dst'
  if (minIp !== undefined) nat.ip = minIp
  if (maxIp !== undefined && maxIp !== minIp) nat.maxIp = maxIp
  if (port !== undefined) nat.port = port
  if (maxPort !== undefined && maxPort !== port) nat.maxPort = maxPort
  return nat
}

/** Without them the kernel takes IPv4 and TCP (act_ct.c tcf_ct_fill_params). */
function helperOf(name: string, { helperFamily, helperProtocol = IPPROTO_TCP }: Wire): CtHelper {
  return { name, family: helperFamily === uapi.AF_INET6 ? 'ipv6' : 'ipv4', protocol: helperProtocol }
}
