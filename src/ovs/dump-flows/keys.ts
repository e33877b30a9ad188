import { type ItemOf, table } from './grammar.js'
import { BARE, HEX, PREFIXED } from './numeral.js'
import {
  BITS8,
  BITS16,
  BITS32,
  flags,
  inParens,
  ip4,
  ip6,
  list,
  mac,
  masked,
  maskedAddress,
  maybeNumber,
  maybeWide,
  number,
  port,
  wide,
  word,
} from './specs.js'
import { TUNNEL } from './tunnel.js'

const u8 = masked(number(BITS8))
const u8x = masked(number(BITS8, HEX))
const u16 = masked(number(BITS16))
const u32x = inParens(masked(number(BITS32, HEX)))
const v4 = maskedAddress(ip4)
const v6 = maskedAddress(ip6)
const ethernet = maskedAddress(mac)
/** format_be32_masked() */
const hex32 = masked(number(BITS32, PREFIXED), 8)

const PORTS = table({ src: u16, dst: u16 })
const ICMP = table({ type: u8, code: u8 })

/** What a packet is looked up by: format_odp_key_attr__(). Which come, and in which order, differs between data paths and versions. */
export const KEYS = table({
  recirc_id: u32x,
  dp_hash: u32x,
  skb_priority: u32x,
  skb_mark: u32x,
  tunnel: list(TUNNEL),
  ct_state: inParens(flags(BITS32)),
  ct_zone: maybeNumber(inParens(masked(number(BITS16, HEX)))),
  ct_mark: maybeNumber(u32x),
  ct_label: maybeWide(inParens(masked(wide(128)))),
  ct_tuple4: list(table({ src: v4, dst: v4, proto: u8, tp_src: u16, tp_dst: u16 })),
  ct_tuple6: list(table({ src: v6, dst: v6, proto: u8, src_port: u16, dst_port: u16 })),
  in_port: inParens(port),
  packet_type: list(table({ ns: u16, id: masked(number(BITS16, HEX)) })),
  eth: list(table({ src: ethernet, dst: ethernet })),
  eth_type: inParens(masked(number(BITS16, 4), 4)),
  /** format_vlan_tci() */
  vlan: list(table({ vid: masked(number(0xfff), PREFIXED), pcp: masked(number(7), PREFIXED), cfi: number(1) })),
  /** What is behind the tag. */
  encap: { kind: 'keys', form: '(' },
  /** Four fields for each entry of the label stack, all in one pair of parentheses: format_mpls(). */
  mpls: list(
    table({
      label: masked(number(0xf_ffff), PREFIXED),
      tc: masked(number(7), BARE),
      ttl: masked(number(BITS8), PREFIXED),
      bos: masked(number(1), BARE),
    }),
  ),
  ipv4: list(table({ src: v4, dst: v4, proto: u8, tos: u8x, ttl: u8, frag: word })),
  ipv6: list(
    table({ src: v6, dst: v6, label: masked(number(BITS32, HEX)), proto: u8, tclass: u8x, hlimit: u8, frag: word }),
  ),
  tcp: list(PORTS),
  udp: list(PORTS),
  sctp: list(PORTS),
  tcp_flags: inParens(flags(BITS16)),
  icmp: list(ICMP),
  icmpv6: list(ICMP),
  arp: list(table({ sip: v4, tip: v4, op: u16, sha: ethernet, tha: ethernet })),
  nd: list(table({ target: v6, sll: ethernet, tll: ethernet })),
  nd_ext: list(table({ nd_reserved: hex32, nd_options_type: u8 })),
  /** format_nsh_key_mask() */
  nsh: list(
    table({
      flags: masked(number(BITS8), 2),
      ttl: masked(number(BITS8), 2),
      mdtype: masked(number(BITS8), 2),
      np: masked(number(BITS8), 2),
      spi: hex32,
      si: masked(number(BITS8), 2),
      c1: hex32,
      c2: hex32,
      c3: hex32,
      c4: hex32,
    }),
  ),
})

/** One part of a flow's key, and what `set()` sets. */
export type Attribute = ItemOf<typeof KEYS>
