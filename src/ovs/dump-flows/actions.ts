import { ENDS_PLAIN, EQUALS, OPEN } from './characters.js'
import { type ItemOf, table } from './grammar.js'
import { HEX, PREFIXED } from './numeral.js'
import {
  BITS8,
  BITS16,
  BITS32,
  bare,
  inParens,
  ip4,
  ip6,
  list,
  mac,
  masked,
  maybeInParens,
  nested,
  number,
  port,
  text,
  unnamed,
  wide,
  word,
} from './specs.js'
import { GENEVE_OPTION } from './tunnel.js'

const u8 = number(BITS8)
const u16 = number(BITS16)
const u32 = number(BITS32)
const x16 = number(BITS16, PREFIXED)
const x32 = number(BITS32, PREFIXED)

/** A word without a content of its own. */
const isWord = (_codes: Uint16Array, _from: number, _to: number, next: number) => next !== EQUALS && next !== OPEN

/** format_odp_ct_nat() */
const NAT = table({
  src: { kind: 'nat', form: '=?' },
  dst: { kind: 'nat', form: '=?' },
  persistent: bare,
  hash: bare,
  random: bare,
})

/** format_odp_conntrack_action() */
const CT = table({
  commit: bare,
  force_commit: bare,
  zone: u16,
  mark: masked(number(BITS32, HEX)),
  label: masked(wide(128)),
  // Before OVS 3.2 no comma came behind a timeout, so that a nat() that follows belongs to its text.
  helper: text,
  timeout: text,
  nat: maybeInParens(list(NAT)),
})

const REASONS = table({ reason: unnamed(word) }, { name: 'reason', begins: isWord })

/** format_odp_userspace_action() */
const USERSPACE = table({
  pid: u32,
  sFlow: list(table({ vid: u16, pcp: u8, output: u32 })),
  slow_path: list(REASONS),
  flow_sample: list(
    table({
      probability: u16,
      collector_set_id: u32,
      obs_domain_id: u32,
      obs_point_id: u32,
      output_port: port,
      ingress: bare,
      egress: bare,
    }),
  ),
  ipfix: list(table({ output_port: port })),
  controller: list(
    table({
      reason: u16,
      dont_send: u8,
      continuation: u8,
      recirc_id: u32,
      rule_cookie: wide(64),
      controller_id: u16,
      max_len: u16,
    }),
  ),
  userdata: { kind: 'text', form: '(' },
  actions: bare,
  tunnel_out_port: port,
})

const SEGMENTS = table({ segment: unnamed(ip6) }, { name: 'segment', begins: isWord })
const GRE = table(
  { base: list(table({ flags: x16, proto: x16 })), csum: x16, key: x32, seq: x32 },
  { name: 'base', begins: (_codes, from, to, next) => from === to && next === OPEN },
)

/** The headers that the user-space data path puts in front of a packet: format_odp_tnl_push_header(). */
const HEADER = table({
  size: u32,
  type: u32,
  eth: list(table({ dst: mac, src: mac, dl_type: number(BITS16, 4) })),
  ipv4: list(table({ src: ip4, dst: ip4, proto: u8, tos: number(BITS8, HEX), ttl: u8, frag: x16 })),
  ipv6: list(table({ src: ip6, dst: ip6, label: u32, proto: u8, tclass: number(BITS8, PREFIXED), hlimit: u8 })),
  udp: list(table({ src: u16, dst: u16, csum: x16 })),
  vxlan: list(table({ flags: x32, vni: number(0xff_ffff, PREFIXED) })),
  geneve: list(
    table({
      oam: bare,
      crit: bare,
      vni: number(0xff_ffff, PREFIXED),
      options: { kind: 'groups', form: '(', table: GENEVE_OPTION },
    }),
  ),
  srv6: list(table({ segments_left: u8, segs: list(SEGMENTS) })),
  gre: list(GRE),
  erspan: list(table({ ver: u8, sid: x16, idx: x32, dir: u8, hwid: number(BITS8, PREFIXED) })),
  gtpu: list(table({ flags: number(BITS8, PREFIXED), msgtype: u8, teid: x32 })),
})

const LABEL = table({ label: number(0xf_ffff), tc: number(7), ttl: u8, bos: number(1), eth_type: x16 })

/** What is done with a packet: format_odp_action(). A word that is no action's name is the port to send it out of. */
export const ACTIONS = table(
  {
    output: unnamed(port),
    lb_output: inParens(u32),
    /** With the reason that some builds print. */
    drop: { kind: 'maybeWord', form: ':?' },
    set: { kind: 'attribute', form: '(' },
    ct: maybeInParens(list(CT)),
    ct_clear: bare,
    recirc: inParens(number(BITS32, HEX)),
    hash: list(table({ l4: inParens(u32), sym_l4: inParens(u32) })),
    sample: list(table({ sample: { kind: 'percent', form: '=' }, actions: nested })),
    psample: list(table({ group: u32, cookie: wide(128) })),
    userspace: list(USERSPACE),
    meter: inParens(u32),
    trunc: inParens(u32),
    clone: nested,
    check_pkt_len: list(table({ size: u16, gt: nested, le: nested })),
    dec_ttl: list(table({ le_1: nested })),
    push_eth: list(table({ src: mac, dst: mac })),
    pop_eth: bare,
    push_vlan: list(table({ tpid: number(BITS16, 4), vid: number(0xfff), pcp: number(7), cfi: number(1) })),
    pop_vlan: bare,
    push_mpls: list(LABEL),
    add_mpls: list(LABEL),
    pop_mpls: list(table({ eth_type: x16 })),
    push_nsh: list(
      table({
        flags: u8,
        ttl: u8,
        mdtype: u8,
        np: u8,
        spi: x32,
        si: u8,
        c1: x32,
        c2: x32,
        c3: x32,
        c4: x32,
        md2: wide(248 * 8),
      }),
    ),
    pop_nsh: list(table({})),
    tnl_push: list(table({ tnl_port: inParens(port), header: list(HEADER), out_port: inParens(port) })),
    tnl_pop: inParens(port),
  },
  { name: 'output', begins: (_codes, from, to, next) => (to > from ? next !== OPEN : ENDS_PLAIN[next] === 0) },
)

export type Action = ItemOf<typeof ACTIONS>
