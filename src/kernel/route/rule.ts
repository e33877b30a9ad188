import type { IpFamily } from '../../base/types.js'
import { dump } from '../netlink/dump.js'
import { type Message, readBody, request } from '../netlink/message.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { uapi } from '../uapi.js'
import { FAMILY_NUMBERS, ruleMessage } from './message.js'
import { RULE_ACTIONS, type Rule } from './types.js'

/** Rules of policy routing, in the order in which they are asked. */
export function listRules(socket: NetlinkSocket, family?: IpFamily): Rule[] {
  const families: IpFamily[] = family === undefined ? [4, 6] : [family]
  return families.flatMap((wanted) => {
    const header = { family: FAMILY_NUMBERS[wanted], dstLen: 0, srcLen: 0, tos: 0, table: 0, action: 0, flags: 0 }
    return dump(socket, request(ruleMessage, { what: 'list rules', type: uapi.RTM_GETRULE }, header, {}), (reply) => {
      const rule = readRule(reply)
      return rule.family === wanted ? rule : undefined
    })
  })
}

function readRule(message: Message): Rule {
  const { header, attributes } = readBody(ruleMessage, message)
  const { src, dst, iifName, oifName, fwmark, fwmask, protocol, l3mdev } = attributes
  const rule: Rule = {
    family: header.family === FAMILY_NUMBERS[6] ? 6 : 4,
    priority: attributes.priority ?? 0,
    action: RULE_ACTIONS[header.action] ?? 'unspec',
    table: attributes.table ?? header.table,
    srcPrefix: header.srcLen,
    dstPrefix: header.dstLen,
  }
  if (src !== undefined) rule.src = src
  if (dst !== undefined) rule.dst = dst
  if (iifName !== undefined) rule.iifName = iifName
  if (oifName !== undefined) rule.oifName = oifName
  if (fwmark !== undefined) rule.fwmark = fwmark
  if (fwmask !== undefined) rule.fwmask = fwmask
  if (protocol !== undefined) rule.protocol = protocol
  if (l3mdev) rule.l3mdev = true
  if ((header.flags & uapi.FIB_RULE_INVERT) !== 0) rule.invert = true
  return rule
}
