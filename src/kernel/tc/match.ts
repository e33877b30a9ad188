import { be16, be32, type Codec, hex, ip, mac, string, u8, u16, u32 } from '../netlink/codec.js'
import { attribute, attributes, byFamily, type Infer, repeated, repeatedInOne } from '../netlink/schema.js'

/** linux/pkt_cls.h TCA_FLOWER_KEY_ENC_OPT_GENEVE_*. `data` has 4 to 124 bytes, a multiple of 4 (RFC 8926 section 3.5). */
const geneveOption = attributes({
  class: attribute('TCA_FLOWER_KEY_ENC_OPT_GENEVE_CLASS', be16),
  type: attribute('TCA_FLOWER_KEY_ENC_OPT_GENEVE_TYPE', u8),
  data: attribute('TCA_FLOWER_KEY_ENC_OPT_GENEVE_DATA', hex),
})

/** linux/pkt_cls.h TCA_FLOWER_KEY_ENC_OPT_VXLAN_* */
const vxlanOption = attributes({ gbp: attribute('TCA_FLOWER_KEY_ENC_OPT_VXLAN_GBP', u32) })

/** linux/pkt_cls.h TCA_FLOWER_KEY_ENC_OPT_ERSPAN_*. Version 1 has an index, version 2 direction and hardware id. */
const erspanOption = attributes({
  version: attribute('TCA_FLOWER_KEY_ENC_OPT_ERSPAN_VER', u8),
  index: attribute('TCA_FLOWER_KEY_ENC_OPT_ERSPAN_INDEX', be32),
  direction: attribute('TCA_FLOWER_KEY_ENC_OPT_ERSPAN_DIR', u8),
  hwId: attribute('TCA_FLOWER_KEY_ENC_OPT_ERSPAN_HWID', u8),
})

/** linux/pkt_cls.h TCA_FLOWER_KEY_ENC_OPT_GTP_* */
const gtpOption = attributes({
  pduType: attribute('TCA_FLOWER_KEY_ENC_OPT_GTP_PDU_TYPE', u8),
  qfi: attribute('TCA_FLOWER_KEY_ENC_OPT_GTP_QFI', u8),
})

/** linux/pkt_cls.h TCA_FLOWER_KEY_ENC_OPT_PFCP_*. `seid` has 8 bytes, network order. */
const pfcpOption = attributes({
  type: attribute('TCA_FLOWER_KEY_ENC_OPT_PFCP_TYPE', u8),
  seid: attribute('TCA_FLOWER_KEY_ENC_OPT_PFCP_SEID', hex),
})

/** linux/pkt_cls.h TCA_FLOWER_KEY_ENC_OPTS_*. One kind only at a time (cls_flower.c fl_set_enc_opt). */
export const tunnelOptions = attributes({
  geneve: repeatedInOne('TCA_FLOWER_KEY_ENC_OPTS_GENEVE', geneveOption),
  vxlan: attribute('TCA_FLOWER_KEY_ENC_OPTS_VXLAN', vxlanOption),
  erspan: attribute('TCA_FLOWER_KEY_ENC_OPTS_ERSPAN', erspanOption),
  gtp: attribute('TCA_FLOWER_KEY_ENC_OPTS_GTP', gtpOption),
  pfcp: attribute('TCA_FLOWER_KEY_ENC_OPTS_PFCP', pfcpOption),
})

/** linux/pkt_cls.h TCA_FLOWER_KEY_MPLS_OPT_LSE_*: one entry of the label stack; depth 1 is the outermost. */
const mplsEntry = attributes({
  depth: attribute('TCA_FLOWER_KEY_MPLS_OPT_LSE_DEPTH', u8),
  ttl: attribute('TCA_FLOWER_KEY_MPLS_OPT_LSE_TTL', u8),
  bos: attribute('TCA_FLOWER_KEY_MPLS_OPT_LSE_BOS', u8),
  tc: attribute('TCA_FLOWER_KEY_MPLS_OPT_LSE_TC', u8),
  label: attribute('TCA_FLOWER_KEY_MPLS_OPT_LSE_LABEL', u32),
})

/** The kernel's nest of entries, as the list that it is. */
const mplsEntries = attributes({ entries: repeated('TCA_FLOWER_KEY_MPLS_OPTS_LSE', mplsEntry) })
const mplsStack: Codec<MplsEntry[]> = {
  nested: mplsEntries,
  write: (out, entries) => mplsEntries.write(out, { entries }),
  read: (source, start, end) => mplsEntries.read(source, start, end).entries ?? [],
}

/** linux/pkt_cls.h TCA_FLOWER_KEY_CFM_*, IEEE 802.1ag: maintenance level 0 to 7, and opcode. */
const cfm = attributes({
  level: attribute('TCA_FLOWER_KEY_CFM_MD_LEVEL', u8),
  opcode: attribute('TCA_FLOWER_KEY_CFM_OPCODE', u8),
})

/**
 * A mask of all bits is read as "no mask", which is what the kernel takes a missing one for (cls_flower.c
 * fl_set_key_val, fl_set_geneve_opt). So a match has one form only.
 */
function mask<T>(codec: Codec<T>): Codec<T> {
  return {
    ...(codec.nested !== undefined && { nested: codec.nested }),
    write: (out, value) => codec.write(out, value),
    read(source, start, end) {
      const value = codec.read(source, start, end)
      return isAllBits(source.bytes, start, end) ? (undefined as T) : value
    },
  }
}

const FULL_SEID = 'ffffffffffffffff'

/** Of ERSPAN a missing mask is no full one (cls_flower.c fl_set_erspan_opt), so that is kept as it is. */
const tunnelOptionsMask: Codec<TunnelOptions> = {
  nested: tunnelOptions,
  write: (out, value) => tunnelOptions.write(out, value),
  read(source, start, end) {
    const value = tunnelOptions.read(source, start, end)
    const { geneve = [], vxlan, gtp, pfcp, erspan, unknown } = value
    const full =
      erspan === undefined &&
      unknown === undefined &&
      geneve.every((option) => option.class === 0xffff && option.type === 0xff && /^f*$/.test(option.data ?? '')) &&
      (vxlan === undefined || vxlan.gbp === 0xffffffff) &&
      (gtp === undefined || (gtp.pduType === 0xff && gtp.qfi === 0xff)) &&
      (pfcp === undefined || (pfcp.type === 0xff && pfcp.seid === FULL_SEID))
    return full ? (undefined as unknown as TunnelOptions) : value
  },
}

function isAllBits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0xff) return false
  return true
}

/**
 * What flower matches, linux/pkt_cls.h TCA_FLOWER_*. Names follow tc-flower(8). A `…Mask` that is missing means "all
 * bits" (cls_flower.c fl_set_key_val); decoding drops full masks, so equal matches are equal objects.
 */
export const flowerKeys = attributes({
  indev: attribute('TCA_FLOWER_INDEV', string),
  ethDst: attribute('TCA_FLOWER_KEY_ETH_DST', mac),
  ethDstMask: attribute('TCA_FLOWER_KEY_ETH_DST_MASK', mask(mac)),
  ethSrc: attribute('TCA_FLOWER_KEY_ETH_SRC', mac),
  ethSrcMask: attribute('TCA_FLOWER_KEY_ETH_SRC_MASK', mask(mac)),
  /** Needed for every key of a higher layer, also where the filter's protocol already says it. */
  ethType: attribute('TCA_FLOWER_KEY_ETH_TYPE', be16),
  ipProto: attribute('TCA_FLOWER_KEY_IP_PROTO', u8),
  srcIp: byFamily(attribute('TCA_FLOWER_KEY_IPV4_SRC', ip), attribute('TCA_FLOWER_KEY_IPV6_SRC', ip)),
  srcIpMask: byFamily(
    attribute('TCA_FLOWER_KEY_IPV4_SRC_MASK', mask(ip)),
    attribute('TCA_FLOWER_KEY_IPV6_SRC_MASK', mask(ip)),
  ),
  dstIp: byFamily(attribute('TCA_FLOWER_KEY_IPV4_DST', ip), attribute('TCA_FLOWER_KEY_IPV6_DST', ip)),
  dstIpMask: byFamily(
    attribute('TCA_FLOWER_KEY_IPV4_DST_MASK', mask(ip)),
    attribute('TCA_FLOWER_KEY_IPV6_DST_MASK', mask(ip)),
  ),
  tcpSrc: attribute('TCA_FLOWER_KEY_TCP_SRC', be16),
  tcpDst: attribute('TCA_FLOWER_KEY_TCP_DST', be16),
  udpSrc: attribute('TCA_FLOWER_KEY_UDP_SRC', be16),
  udpDst: attribute('TCA_FLOWER_KEY_UDP_DST', be16),
  vlanId: attribute('TCA_FLOWER_KEY_VLAN_ID', u16),
  vlanPrio: attribute('TCA_FLOWER_KEY_VLAN_PRIO', u8),
  vlanEthType: attribute('TCA_FLOWER_KEY_VLAN_ETH_TYPE', be16),
  /** VNI, or another tunnel's key of 32 bits. */
  encKeyId: attribute('TCA_FLOWER_KEY_ENC_KEY_ID', be32),
  encSrcIp: byFamily(attribute('TCA_FLOWER_KEY_ENC_IPV4_SRC', ip), attribute('TCA_FLOWER_KEY_ENC_IPV6_SRC', ip)),
  encSrcIpMask: byFamily(
    attribute('TCA_FLOWER_KEY_ENC_IPV4_SRC_MASK', mask(ip)),
    attribute('TCA_FLOWER_KEY_ENC_IPV6_SRC_MASK', mask(ip)),
  ),
  encDstIp: byFamily(attribute('TCA_FLOWER_KEY_ENC_IPV4_DST', ip), attribute('TCA_FLOWER_KEY_ENC_IPV6_DST', ip)),
  encDstIpMask: byFamily(
    attribute('TCA_FLOWER_KEY_ENC_IPV4_DST_MASK', mask(ip)),
    attribute('TCA_FLOWER_KEY_ENC_IPV6_DST_MASK', mask(ip)),
  ),
  tcpSrcMask: attribute('TCA_FLOWER_KEY_TCP_SRC_MASK', mask(be16)),
  tcpDstMask: attribute('TCA_FLOWER_KEY_TCP_DST_MASK', mask(be16)),
  udpSrcMask: attribute('TCA_FLOWER_KEY_UDP_SRC_MASK', mask(be16)),
  udpDstMask: attribute('TCA_FLOWER_KEY_UDP_DST_MASK', mask(be16)),
  sctpSrcMask: attribute('TCA_FLOWER_KEY_SCTP_SRC_MASK', mask(be16)),
  sctpDstMask: attribute('TCA_FLOWER_KEY_SCTP_DST_MASK', mask(be16)),
  sctpSrc: attribute('TCA_FLOWER_KEY_SCTP_SRC', be16),
  sctpDst: attribute('TCA_FLOWER_KEY_SCTP_DST', be16),
  encSrcPort: attribute('TCA_FLOWER_KEY_ENC_UDP_SRC_PORT', be16),
  encSrcPortMask: attribute('TCA_FLOWER_KEY_ENC_UDP_SRC_PORT_MASK', mask(be16)),
  encDstPort: attribute('TCA_FLOWER_KEY_ENC_UDP_DST_PORT', be16),
  encDstPortMask: attribute('TCA_FLOWER_KEY_ENC_UDP_DST_PORT_MASK', mask(be16)),
  /** TCA_FLOWER_KEY_FLAGS_*: 1 is a fragment, 2 is the first fragment. The mask is mandatory (fl_set_key_flags). */
  ipFlags: attribute('TCA_FLOWER_KEY_FLAGS', be32),
  ipFlagsMask: attribute('TCA_FLOWER_KEY_FLAGS_MASK', be32),
  icmpCode: attribute('TCA_FLOWER_KEY_ICMPV4_CODE', u8),
  icmpCodeMask: attribute('TCA_FLOWER_KEY_ICMPV4_CODE_MASK', mask(u8)),
  icmpType: attribute('TCA_FLOWER_KEY_ICMPV4_TYPE', u8),
  icmpTypeMask: attribute('TCA_FLOWER_KEY_ICMPV4_TYPE_MASK', mask(u8)),
  icmpv6Code: attribute('TCA_FLOWER_KEY_ICMPV6_CODE', u8),
  icmpv6CodeMask: attribute('TCA_FLOWER_KEY_ICMPV6_CODE_MASK', mask(u8)),
  icmpv6Type: attribute('TCA_FLOWER_KEY_ICMPV6_TYPE', u8),
  icmpv6TypeMask: attribute('TCA_FLOWER_KEY_ICMPV6_TYPE_MASK', mask(u8)),
  arpSip: attribute('TCA_FLOWER_KEY_ARP_SIP', ip),
  arpSipMask: attribute('TCA_FLOWER_KEY_ARP_SIP_MASK', mask(ip)),
  arpTip: attribute('TCA_FLOWER_KEY_ARP_TIP', ip),
  arpTipMask: attribute('TCA_FLOWER_KEY_ARP_TIP_MASK', mask(ip)),
  arpOp: attribute('TCA_FLOWER_KEY_ARP_OP', u8),
  arpOpMask: attribute('TCA_FLOWER_KEY_ARP_OP_MASK', mask(u8)),
  arpSha: attribute('TCA_FLOWER_KEY_ARP_SHA', mac),
  arpShaMask: attribute('TCA_FLOWER_KEY_ARP_SHA_MASK', mask(mac)),
  arpTha: attribute('TCA_FLOWER_KEY_ARP_THA', mac),
  arpThaMask: attribute('TCA_FLOWER_KEY_ARP_THA_MASK', mask(mac)),
  tcpFlags: attribute('TCA_FLOWER_KEY_TCP_FLAGS', be16),
  tcpFlagsMask: attribute('TCA_FLOWER_KEY_TCP_FLAGS_MASK', mask(be16)),
  ipTos: attribute('TCA_FLOWER_KEY_IP_TOS', u8),
  ipTosMask: attribute('TCA_FLOWER_KEY_IP_TOS_MASK', mask(u8)),
  ipTtl: attribute('TCA_FLOWER_KEY_IP_TTL', u8),
  ipTtlMask: attribute('TCA_FLOWER_KEY_IP_TTL_MASK', mask(u8)),
  cvlanId: attribute('TCA_FLOWER_KEY_CVLAN_ID', u16),
  cvlanPrio: attribute('TCA_FLOWER_KEY_CVLAN_PRIO', u8),
  cvlanEthType: attribute('TCA_FLOWER_KEY_CVLAN_ETH_TYPE', be16),
  encTos: attribute('TCA_FLOWER_KEY_ENC_IP_TOS', u8),
  encTosMask: attribute('TCA_FLOWER_KEY_ENC_IP_TOS_MASK', mask(u8)),
  encTtl: attribute('TCA_FLOWER_KEY_ENC_IP_TTL', u8),
  encTtlMask: attribute('TCA_FLOWER_KEY_ENC_IP_TTL_MASK', mask(u8)),
  encOpts: attribute('TCA_FLOWER_KEY_ENC_OPTS', tunnelOptions),
  encOptsMask: attribute('TCA_FLOWER_KEY_ENC_OPTS_MASK', tunnelOptionsMask),
  ctState: attribute('TCA_FLOWER_KEY_CT_STATE', u16),
  ctStateMask: attribute('TCA_FLOWER_KEY_CT_STATE_MASK', mask(u16)),
  ctZone: attribute('TCA_FLOWER_KEY_CT_ZONE', u16),
  ctZoneMask: attribute('TCA_FLOWER_KEY_CT_ZONE_MASK', mask(u16)),
  ctMark: attribute('TCA_FLOWER_KEY_CT_MARK', u32),
  ctMarkMask: attribute('TCA_FLOWER_KEY_CT_MARK_MASK', mask(u32)),
  ctLabel: attribute('TCA_FLOWER_KEY_CT_LABELS', hex),
  ctLabelMask: attribute('TCA_FLOWER_KEY_CT_LABELS_MASK', mask(hex)),
  /** The outermost entry; other entries only in `mplsLse`, which then has all of them (fl_set_key_mpls). */
  mplsTtl: attribute('TCA_FLOWER_KEY_MPLS_TTL', u8),
  mplsBos: attribute('TCA_FLOWER_KEY_MPLS_BOS', u8),
  mplsTc: attribute('TCA_FLOWER_KEY_MPLS_TC', u8),
  mplsLabel: attribute('TCA_FLOWER_KEY_MPLS_LABEL', u32),
  mplsLse: attribute('TCA_FLOWER_KEY_MPLS_OPTS', mplsStack),
  /** Both ends of a range belong to it; for TCP, UDP and SCTP. */
  srcPortMin: attribute('TCA_FLOWER_KEY_PORT_SRC_MIN', be16),
  srcPortMax: attribute('TCA_FLOWER_KEY_PORT_SRC_MAX', be16),
  dstPortMin: attribute('TCA_FLOWER_KEY_PORT_DST_MIN', be16),
  dstPortMax: attribute('TCA_FLOWER_KEY_PORT_DST_MAX', be16),
  /** What skbedit's or BPF's hash left in the packet's data. */
  hash: attribute('TCA_FLOWER_KEY_HASH', u32),
  hashMask: attribute('TCA_FLOWER_KEY_HASH_MASK', mask(u32)),
  pppoeSid: attribute('TCA_FLOWER_KEY_PPPOE_SID', be16),
  /** RFC 1661: 0x0021 is IPv4. */
  pppProto: attribute('TCA_FLOWER_KEY_PPP_PROTO', be16),
  l2tpv3Sid: attribute('TCA_FLOWER_KEY_L2TPV3_SID', be32),
  cfm: attribute('TCA_FLOWER_KEY_CFM', cfm),
  /** For ESP and AH. */
  spi: attribute('TCA_FLOWER_KEY_SPI', be32),
  spiMask: attribute('TCA_FLOWER_KEY_SPI_MASK', mask(be32)),
  numOfVlans: attribute('TCA_FLOWER_KEY_NUM_OF_VLANS', u8),
  l2Miss: attribute('TCA_FLOWER_L2_MISS', u8),
  /** TCA_FLOWER_KEY_FLAGS_TUNNEL_*: 4 csum, 8 don't fragment, 16 OAM, 32 critical option; Linux 6.11 and newer. */
  encFlags: attribute('TCA_FLOWER_KEY_ENC_FLAGS', be32),
  encFlagsMask: attribute('TCA_FLOWER_KEY_ENC_FLAGS_MASK', be32),
})

export type FlowerMatch = Infer<typeof flowerKeys>
export type TunnelOptions = Infer<typeof tunnelOptions>
export type GeneveOption = Infer<typeof geneveOption>
export type MplsEntry = Infer<typeof mplsEntry>
