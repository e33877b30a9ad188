import type { IpAddress } from '../../../base/types.js'
import { MalformedMessage } from '../../netlink/attribute.js'
import { be16, be32, flag, hex, ip, s32, u8, u32 } from '../../netlink/codec.js'
import { attribute, attributes, byFamily, type Infer, repeatedInOne } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Encapsulation data for the tunnel device that a redirect follows with. */
export interface TunnelKeySet extends ActionParameters {
  kind: 'tunnel_key'
  operation: 'set'
  srcIp: IpAddress
  dstIp: IpAddress
  /** VNI. A tunnel device takes 24 bits of it. */
  keyId?: number
  dstPort?: number
  options?: EncapOptions
  /** UDP checksum 0 in the outer header. */
  noCsum?: boolean
  /** Clears Don't Fragment; Linux 6.7 and newer. */
  noFrag?: boolean
  tos?: number
  ttl?: number
}

export interface TunnelKeyUnset extends ActionParameters {
  kind: 'tunnel_key'
  operation: 'unset'
}

const geneveOption = attributes({
  class: attribute('TCA_TUNNEL_KEY_ENC_OPT_GENEVE_CLASS', be16),
  type: attribute('TCA_TUNNEL_KEY_ENC_OPT_GENEVE_TYPE', u8),
  data: attribute('TCA_TUNNEL_KEY_ENC_OPT_GENEVE_DATA', hex),
})

/** linux/tc_act/tc_tunnel_key.h TCA_TUNNEL_KEY_ENC_OPTS_*. One kind at a time. */
const encapOptions = attributes({
  geneve: repeatedInOne('TCA_TUNNEL_KEY_ENC_OPTS_GENEVE', geneveOption),
  vxlan: attribute(
    'TCA_TUNNEL_KEY_ENC_OPTS_VXLAN',
    attributes({ gbp: attribute('TCA_TUNNEL_KEY_ENC_OPT_VXLAN_GBP', u32) }),
  ),
  erspan: attribute('TCA_TUNNEL_KEY_ENC_OPTS_ERSPAN', hex),
})

export type EncapOptions = Infer<typeof encapOptions>

const parms = struct({ generic, operation: s32 })
const SET = 1
const RELEASE = 2

/** linux/tc_act/tc_tunnel_key.h TCA_TUNNEL_KEY_* */
const options = attributes({
  tm: attribute('TCA_TUNNEL_KEY_TM', wireAge),
  parms: attribute('TCA_TUNNEL_KEY_PARMS', parms),
  srcIp: byFamily(attribute('TCA_TUNNEL_KEY_ENC_IPV4_SRC', ip), attribute('TCA_TUNNEL_KEY_ENC_IPV6_SRC', ip)),
  dstIp: byFamily(attribute('TCA_TUNNEL_KEY_ENC_IPV4_DST', ip), attribute('TCA_TUNNEL_KEY_ENC_IPV6_DST', ip)),
  keyId: attribute('TCA_TUNNEL_KEY_ENC_KEY_ID', be32),
  pad: attribute('TCA_TUNNEL_KEY_PAD', hex),
  dstPort: attribute('TCA_TUNNEL_KEY_ENC_DST_PORT', be16),
  noCsum: attribute('TCA_TUNNEL_KEY_NO_CSUM', u8),
  options: attribute('TCA_TUNNEL_KEY_ENC_OPTS', encapOptions),
  tos: attribute('TCA_TUNNEL_KEY_ENC_TOS', u8),
  ttl: attribute('TCA_TUNNEL_KEY_ENC_TTL', u8),
  noFrag: attribute('TCA_TUNNEL_KEY_NO_FRAG', flag),
})

export const tunnelKey: ActionKind<TunnelKeySet | TunnelKeyUnset> = {
  kind: 'tunnel_key',
  names: options,
  write(out, action) {
    const wire: Infer<typeof options> = {
      parms: { generic: genericOf(action, 'pipe'), operation: action.operation === 'set' ? SET : RELEASE },
    }
    if (action.operation === 'set') {
      wire.srcIp = action.srcIp
      wire.dstIp = action.dstIp
      wire.keyId = action.keyId
      wire.dstPort = action.dstPort
      // Without the attribute the kernel sets the checksum flag (act_tunnel_key.c tunnel_key_init).
      if (action.noCsum) wire.noCsum = 1
      wire.options = action.options
      wire.tos = action.tos
      wire.ttl = action.ttl
      if (action.noFrag) wire.noFrag = true
    }
    wire.unknown = action.unknown
    options.write(out, wire)
  },
  read(source, start, end) {
    const wire = options.read(source, start, end)
    const { parms: head, srcIp, dstIp } = wire
    if (head === undefined) throw new MalformedMessage('tunnel_key action without TCA_TUNNEL_KEY_PARMS')
    if (head.operation === RELEASE) {
      return withParameters<TunnelKeyUnset>({ kind: 'tunnel_key', operation: 'unset' }, head.generic, 'pipe', wire)
    }
    if (head.operation !== SET || srcIp === undefined || dstIp === undefined) {
      throw new MalformedMessage('tunnel_key action that sets no addresses')
    }
    const action: TunnelKeySet = { kind: 'tunnel_key', operation: 'set', srcIp, dstIp }
    if (wire.keyId !== undefined) action.keyId = wire.keyId
    if (wire.dstPort !== undefined) action.dstPort = wire.dstPort
    if (wire.options !== undefined) action.options = wire.options
    if (wire.tos !== undefined) action.tos = wire.tos
    if (wire.ttl !== undefined) action.ttl = wire.ttl
    if (wire.noCsum) action.noCsum = true
    if (wire.noFrag) action.noFrag = true
    return withParameters(action, head.generic, 'pipe', wire)
  },
}
