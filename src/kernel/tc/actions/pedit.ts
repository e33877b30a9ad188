import { MalformedMessage } from '../../netlink/attribute.js'
import { be32, type Codec, padding, s32, u8, u16, u32 } from '../../netlink/codec.js'
import { attribute, attributes, type Infer, repeated } from '../../netlink/schema.js'
import { pad, struct } from '../../netlink/struct.js'
import { wireAge } from '../stats.js'
import { type ActionKind, type ActionParameters, generic, genericOf, withParameters } from './kind.js'

/** Changes the packet's bytes, 32 bits at a time. Checksums are left as they are: csum follows. */
export interface Pedit extends ActionParameters {
  kind: 'pedit'
  /** At most 255. */
  keys: PeditKey[]
  /** Written as kernels before 4.11 know it: every key is of the network header, and `set`. */
  classic?: boolean
}

export interface PeditKey {
  /** What `offset` counts from; `network` is whatever header is there. */
  header: PeditHeader
  command: PeditCommand
  /** In bytes, a multiple of 4; may be negative. */
  offset: number
  /** As in the packet (network order): what the bits outside of `mask` become, or what is added to them. */
  value: number
  /** As in the packet: bits that stay. */
  mask: number
  /** Adds (byte at offset `at`, & `offsetMask`, >> `shift`) to the offset, as for a header of variable length. */
  at?: number
  offsetMask?: number
  shift?: number
}

/** linux/tc_act/tc_pedit.h TCA_PEDIT_KEY_EX_HDR_TYPE_* and _CMD_*, from 0 */
const HEADERS = ['network', 'eth', 'ip4', 'ip6', 'tcp', 'udp'] as const
const COMMANDS = ['set', 'add'] as const
export type PeditHeader = (typeof HEADERS)[number]
export type PeditCommand = (typeof COMMANDS)[number]

/** linux/tc_act/tc_pedit.h struct tc_pedit_sel, with as many struct tc_pedit_key behind it as it says. */
const selector = struct({ generic, keys: u8, flags: u8, _pad: pad(2) })
const key = struct({ mask: be32, value: be32, offset: s32, at: u32, offsetMask: u32, shift: u32 })
const MAX_KEYS = 255

interface Parameters {
  head: Infer<typeof generic>
  keys: Infer<typeof key>[]
}

const parms: Codec<Parameters> = {
  write(out, { head, keys }) {
    if (keys.length > MAX_KEYS) throw new RangeError(`${keys.length} pedit keys, at most ${MAX_KEYS} are possible`)
    selector.write(out, { generic: head, keys: keys.length, flags: 0 })
    for (const one of keys) key.write(out, one)
  },
  read(source, start, end) {
    const { generic: head, keys: count } = selector.read(source, start, end)
    const keysEnd = start + selector.size + count * key.size
    if (keysEnd > end) throw new MalformedMessage(`pedit action of ${count} keys in ${end - start} bytes`)
    const keys = Array.from({ length: count }, (_, i) => {
      const at = start + selector.size + i * key.size
      return key.read(source, at, at + key.size)
    })
    return { head, keys }
  },
}

const keyEx = attributes({
  header: attribute('TCA_PEDIT_KEY_EX_HTYPE', u16),
  command: attribute('TCA_PEDIT_KEY_EX_CMD', u16),
})

const options = attributes({
  tm: attribute('TCA_PEDIT_TM', wireAge),
  parms: attribute('TCA_PEDIT_PARMS', parms),
  pad: attribute('TCA_PEDIT_PAD', padding),
  parmsEx: attribute('TCA_PEDIT_PARMS_EX', parms),
  keysEx: attribute('TCA_PEDIT_KEYS_EX', attributes({ keys: repeated('TCA_PEDIT_KEY_EX', keyEx) })),
})

export const pedit: ActionKind<Pedit> = {
  kind: 'pedit',
  names: options,
  write(out, action) {
    const { keys, classic, unknown } = action
    const wire = keys.map(({ mask, value, offset, at = 0, offsetMask = 0, shift = 0 }) => {
      return { mask, value, offset, at, offsetMask, shift }
    })
    const parameters = { head: genericOf(action, 'pipe'), keys: wire }
    if (classic) return options.write(out, { parms: parameters, unknown })
    const extended = keys.map(({ header, command }) => {
      return { header: HEADERS.indexOf(header), command: COMMANDS.indexOf(command) }
    })
    options.write(out, { parmsEx: parameters, keysEx: { keys: extended }, unknown })
  },
  read(source, start, end) {
    const wire = options.read(source, start, end)
    const { parms: classic, parmsEx = classic, keysEx } = wire
    if (parmsEx === undefined) throw new MalformedMessage('pedit action without TCA_PEDIT_PARMS')
    const keys = parmsEx.keys.map((one, i) => keyOf(one, classic === undefined ? keysEx?.keys?.[i] : CLASSIC))
    const action: Pedit = { kind: 'pedit', keys, ...(classic !== undefined && { classic: true }) }
    return withParameters(action, parmsEx.head, 'pipe', wire)
  },
}

const CLASSIC = { header: HEADERS.indexOf('network'), command: COMMANDS.indexOf('set') }

function keyOf(wire: Infer<typeof key>, extended: Infer<typeof keyEx> | undefined): PeditKey {
  const header = HEADERS[extended?.header ?? -1]
  const command = COMMANDS[extended?.command ?? -1]
  if (header === undefined || command === undefined) {
    throw new MalformedMessage(`pedit key of header ${extended?.header}, command ${extended?.command}`)
  }
  const { mask, value, offset, at, offsetMask, shift } = wire
  return {
    header,
    command,
    offset,
    value,
    mask,
    ...(at !== 0 && { at }),
    ...(offsetMask !== 0 && { offsetMask }),
    ...(shift !== 0 && { shift }),
  }
}
