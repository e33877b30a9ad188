import { isDigit } from './characters.js'
import { table } from './grammar.js'
import { HEX, PREFIXED } from './numeral.js'
import {
  BITS8,
  BITS16,
  BITS32,
  flags,
  groups,
  inParens,
  ip4,
  ip6,
  list,
  masked,
  maskedAddress,
  number,
  unnamed,
  wide,
} from './specs.js'

/** RFC 8926 section 3.5: up to 31 times 4 bytes. */
const OPTION_BITS = 31 * 4 * 8

/**
 * One option of GENEVE: `{class=0x102,type=0x80,len=4,0x20003/0x7fffffff}`, `data` being the last part. Its leading zeros are not
 * printed, so `len` (bytes) says how long it is; `{}` is an option of which nothing matters.
 */
export const GENEVE_OPTION = table(
  {
    class: masked(number(BITS16, HEX)),
    type: masked(number(BITS8, HEX)),
    len: masked(number(BITS8)),
    data: unnamed(masked(wide(OPTION_BITS))),
  },
  { name: 'data', begins: (codes, from) => isDigit(codes[from] as number) },
)

const GBP = table({ id: masked(number(BITS16)), flags: masked(number(BITS8, HEX)) })
const VXLAN = table({ gbp: list(GBP) })
const ERSPAN = table({
  ver: masked(number(BITS8)),
  idx: masked(number(BITS32, HEX)),
  dir: masked(number(BITS8)),
  hwid: masked(number(BITS8, HEX)),
})
const GTPU = table({ flags: masked(number(BITS8, HEX)), msgtype: masked(number(BITS8)) })

/** A tunnel's header, as a match and in `set()`: format_odp_tun_attr(). The order is that of the attributes; `flags` come last. */
export const TUNNEL = table({
  tun_id: masked(wide(64, PREFIXED)),
  src: maskedAddress(ip4),
  dst: maskedAddress(ip4),
  ipv6_src: maskedAddress(ip6),
  ipv6_dst: maskedAddress(ip6),
  tos: masked(number(BITS8, HEX)),
  ttl: masked(number(BITS8)),
  tp_src: masked(number(BITS16)),
  tp_dst: masked(number(BITS16)),
  geneve: groups(GENEVE_OPTION),
  vxlan: list(VXLAN),
  erspan: list(ERSPAN),
  gtpu: list(GTPU),
  flags: inParens(flags(BITS16)),
})
