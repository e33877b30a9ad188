import { flag, string, u32 } from '../netlink/codec.js'
import { attribute, attributes, type Infer, repeated } from '../netlink/schema.js'

/** linux/ethtool_netlink.h ETHTOOL_A_BITSET_BIT_* */
const bit = attributes({
  index: attribute('ETHTOOL_A_BITSET_BIT_INDEX', u32),
  name: attribute('ETHTOOL_A_BITSET_BIT_NAME', string),
  value: attribute('ETHTOOL_A_BITSET_BIT_VALUE', flag),
})

/** linux/ethtool_netlink.h ETHTOOL_A_BITSET_*: with a mask, bits that are off are listed too, without VALUE. */
export const bitset = attributes({
  noMask: attribute('ETHTOOL_A_BITSET_NOMASK', flag),
  size: attribute('ETHTOOL_A_BITSET_SIZE', u32),
  bits: attribute('ETHTOOL_A_BITSET_BITS', attributes({ bit: repeated('ETHTOOL_A_BITSET_BITS_BIT', bit) })),
})
export type Bitset = Infer<typeof bitset>

/** Names of the bits that are on. */
export function namesIn(set: Bitset | undefined): string[] {
  const bits = set?.bits?.bit ?? []
  return bits.flatMap(({ name, value }) => (name !== undefined && (value || set?.noMask) ? [name] : []))
}

/** Of a bitset with a mask: its bits by name. */
export function valuesIn(set: Bitset | undefined): Record<string, boolean> {
  const bits = set?.bits?.bit ?? []
  return Object.fromEntries(bits.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value === true]])))
}

/** A bitset that means these bits, and leaves all others alone. */
export function bitsetOf(values: Readonly<Record<string, boolean>>): Bitset {
  return { bits: { bit: Object.entries(values).map(([name, on]) => ({ name, ...(on && { value: true }) })) } }
}
