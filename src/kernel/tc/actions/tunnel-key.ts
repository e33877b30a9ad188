import type { IpAddress } from '../../../base/types.js'
import { MalformedMessage } from '../../netlink/attribute.js'
import { be16, be32, byteFlag, flag, hex, ip, padding, s32, u8, u32 } from '../../netlink/codec.js'
import { attribute, attributes, byFamily, type Infer, repeatedInOne, stored } from '../../netlink/schema.js'
import { struct } from '../../netlink/struct.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, storeAge, storeGeneric } from './kind.js'

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
  erspan: attribute(
    'TCA_TUNNEL_KEY_ENC_OPTS_ERSPAN',
    attributes({
      version: attribute('TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_VER', u8),
      index: attribute('TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_INDEX', be32),
      direction: attribute('TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_DIR', u8),
      hwId: attribute('TCA_TUNNEL_KEY_ENC_OPT_ERSPAN_HWID', u8),
    }),
  ),
})

export type EncapOptions = Infer<typeof encapOptions>

const parms = struct({ generic, operation: s32 })
const SET = 1
const RELEASE = 2

/** linux/tc_act/tc_tunnel_key.h TCA_TUNNEL_KEY_* */
const options = attributes(
  {
    tm: stored(attribute('TCA_TUNNEL_KEY_TM', wireAge), storeAge),
    parms: stored(attribute('TCA_TUNNEL_KEY_PARMS', parms), storeParms, loadParms),
    srcIp: byFamily(attribute('TCA_TUNNEL_KEY_ENC_IPV4_SRC', ip), attribute('TCA_TUNNEL_KEY_ENC_IPV6_SRC', ip)),
    dstIp: byFamily(attribute('TCA_TUNNEL_KEY_ENC_IPV4_DST', ip), attribute('TCA_TUNNEL_KEY_ENC_IPV6_DST', ip)),
    keyId: attribute('TCA_TUNNEL_KEY_ENC_KEY_ID', be32),
    pad: attribute('TCA_TUNNEL_KEY_PAD', padding),
    dstPort: attribute('TCA_TUNNEL_KEY_ENC_DST_PORT', be16),
    // Without the attribute the kernel sets the checksum flag (act_tunnel_key.c tunnel_key_init).
    noCsum: attribute('TCA_TUNNEL_KEY_NO_CSUM', byteFlag),
    options: attribute('TCA_TUNNEL_KEY_ENC_OPTS', encapOptions),
    tos: attribute('TCA_TUNNEL_KEY_ENC_TOS', u8),
    ttl: attribute('TCA_TUNNEL_KEY_ENC_TTL', u8),
    noFrag: attribute('TCA_TUNNEL_KEY_NO_FRAG', flag),
  },
  { kind: 'tunnel_key' },
)

type TunnelKey = TunnelKeySet | TunnelKeyUnset

function storeParms(action: TunnelKey, { generic: head, operation }: Infer<typeof parms>): void {
  if (operation !== SET && operation !== RELEASE) throw new MalformedMessage(`tunnel_key action of kind ${operation}`)
  action.operation = operation === SET ? 'set' : 'unset'
  storeGeneric(action, head, 'pipe')
}

function loadParms(action: TunnelKey): Infer<typeof parms> {
  return { generic: genericOf(action, 'pipe'), operation: action.operation === 'set' ? SET : RELEASE }
}

export const tunnelKey: ActionKind<TunnelKey> = {
  kind: 'tunnel_key',
  names: options,
  write(out, action) {
    options.write(out, action as Infer<typeof options>)
  },
  read(source, start, end) {
    const action = options.read(source, start, end) as Partial<TunnelKey>
    if (action.operation === undefined) throw new MalformedMessage('tunnel_key action without TCA_TUNNEL_KEY_PARMS')
    if (action.operation === 'set' && (action.srcIp === undefined || action.dstIp === undefined)) {
      throw new MalformedMessage('tunnel_key action that sets no addresses')
    }
    return action as TunnelKey
  },
}
