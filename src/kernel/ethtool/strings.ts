import type { Ifindex } from '../../base/types.js'
import { MalformedMessage } from '../netlink/attribute.js'
import { string, u32 } from '../netlink/codec.js'
import { genericLayout } from '../netlink/genetlink.js'
import { attribute, attributes, repeated } from '../netlink/schema.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { ask, header, onDevice } from './call.js'

const oneString = attributes({
  index: attribute('ETHTOOL_A_STRING_INDEX', u32),
  value: attribute('ETHTOOL_A_STRING_VALUE', string),
})
const set = attributes({
  id: attribute('ETHTOOL_A_STRINGSET_ID', u32),
  count: attribute('ETHTOOL_A_STRINGSET_COUNT', u32),
  strings: attribute(
    'ETHTOOL_A_STRINGSET_STRINGS',
    attributes({ string: repeated('ETHTOOL_A_STRINGS_STRING', oneString) }),
  ),
})
/** linux/ethtool_netlink.h ETHTOOL_A_STRSET_* */
const layout = genericLayout(
  attributes({
    header: attribute('ETHTOOL_A_STRSET_HEADER', header),
    sets: attribute(
      'ETHTOOL_A_STRSET_STRINGSETS',
      attributes({ set: repeated('ETHTOOL_A_STRINGSETS_STRINGSET', set) }),
    ),
  }),
)

/**
 * Names that the kernel, or a device's driver, numbers.
 * @param id linux/ethtool.h ETH_SS_*
 * @param ifindex where the names are the driver's
 * @throws KernelRefusal; MalformedMessage; NicsteerError NO_ETHTOOL_NETLINK
 */
export function getStrings(socket: NetlinkSocket, id: number, ifindex?: Ifindex): string[] {
  const command = { what: `string set ${id}`, command: uapi.ETHTOOL_MSG_STRSET_GET }
  // Without a device the header is empty, but there.
  const of = ifindex === undefined ? { header: {} } : onDevice(ifindex)
  const reply = ask(socket, layout, command, { ...of, sets: { set: [{ id }] } })
  const list = reply?.sets?.set?.[0]?.strings?.string ?? []
  const strings: string[] = []
  for (const { index = 0, value = '' } of list) {
    if (index >= list.length) throw new MalformedMessage(`string ${index} of a set of ${list.length}`)
    strings[index] = value
  }
  return strings
}
