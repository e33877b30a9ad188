import type { Action, ActionStats, Control, Filter, FlowerMatch, TunnelOptions } from '../../../src/kernel/tc/index.js'

/*
 * What `tc -j filter show` (iproute2 6.15) prints for a filter of ours, written down from its output, field by field. Where tc
 * leaves out or gets wrong what the kernel says, that is noted with [tc]; the same rules are compared as text besides.
 */

type Json = Record<string, unknown>

/** @param nameOf a device's name by its index */
export function tcJson(filter: Filter, nameOf: (ifindex: number) => string): Json {
  const { priority: pref, chain } = filter
  const kind = filter.kind === 'raw' ? filter.name : filter.kind
  return { protocol: protocolName(filter.protocol), pref, kind, chain, options: optionsOf(filter, nameOf) }
}

function optionsOf(filter: Filter, nameOf: (ifindex: number) => string): Json {
  const flags = present({
    skip_hw: filter.flags?.skipHw,
    skip_sw: filter.flags?.skipSw,
    in_hw: filter.flags?.inHw,
    not_in_hw: filter.flags?.notInHw,
  })
  const actions = filter.actions?.map((action, i) => actionOf(action, i + 1, nameOf)) ?? []
  const common = { ...flags, ...(actions.length > 0 && { actions }) }
  switch (filter.kind) {
    case 'flower': {
      const { handle, match, classId } = filter
      const inHwCount = filter.inHwCount === 0 ? undefined : filter.inHwCount
      const keys = { handle, keys: keysOf(match), ...present({ indev: match.indev, in_hw_count: inHwCount }) }
      return { ...keys, ...classOf(classId, 'classid'), ...common }
    }
    case 'matchall':
      return { handle: filter.handle, rule_hit: filter.hits, ...classOf(filter.classId, 'flowid'), ...common }
    case 'bpf': {
      const insns = (filter.ops?.match(/.{16}/g) ?? []).map((op) => {
        const bytes = Buffer.from(op, 'hex')
        return { code: bytes.readUInt16LE(0), jt: bytes[2], jf: bytes[3], k: bytes.readUInt32LE(4) }
      })
      const direct = present({ 'direct-action': filter.directAction })
      const bytecode = { length: insns.length, insns }
      return {
        handle: `0x${hex(filter.handle ?? 0)}`,
        bytecode,
        ...direct,
        ...classOf(filter.classId, 'flowid'),
        ...common,
      }
    }
    case 'raw':
      throw new Error(`${filter.name} has no fields to compare`)
  }
}

/** A traffic class (`hw_tc`) is a class with a reserved minor number, TC_H_MIN_PRIORITY and up. */
function classOf(classId: number | undefined, name: string): Json {
  if (classId === undefined) return {}
  const [major, minor] = [classId >>> 16, classId & 0xffff]
  return minor >= 0xffe0 && name === 'classid' ? { hw_tc: minor - 0xffe0 } : { [name]: `${hex(major)}:${hex(minor)}` }
}

function keysOf(match: FlowerMatch): Json {
  const { mplsTc, mplsBos, mplsTtl } = match
  return present({
    dst_mac: masked(match.ethDst, match.ethDstMask, macPrefix),
    src_mac: masked(match.ethSrc, match.ethSrcMask, macPrefix),
    eth_type: innermostType(match),
    num_of_vlans: match.numOfVlans,
    vlan_id: match.vlanId,
    vlan_prio: match.vlanPrio,
    ...tagTypes(match),
    cvlan_id: match.cvlanId,
    cvlan_prio: match.cvlanPrio,
    ip_proto: name(IP_PROTOCOLS, match.ipProto, (number) => `0x${hex(number)}`),
    dst_ip: masked(match.dstIp, match.dstIpMask, ipPrefix),
    src_ip: masked(match.srcIp, match.srcIpMask, ipPrefix),
    ...withMask('ip_tos', match.ipTos, match.ipTosMask),
    ...withMask('ip_ttl', match.ipTtl, match.ipTtlMask),
    ip_flags: flags(match.ipFlags, match.ipFlagsMask, ['frag', 'firstfrag']),
    ...port('src', match),
    ...port('dst', match),
    tcp_flags:
      match.tcpFlags === undefined ? undefined : `0x${hex(match.tcpFlags)}/${hex(match.tcpFlagsMask ?? 0xffff)}`,
    icmp_type: slash(match.icmpType ?? match.icmpv6Type, match.icmpTypeMask ?? match.icmpv6TypeMask),
    icmp_code: slash(match.icmpCode ?? match.icmpv6Code, match.icmpCodeMask ?? match.icmpv6CodeMask),
    arp_op: name({ 1: 'request', 2: 'reply' }, match.arpOp, String),
    arp_sip: masked(match.arpSip, match.arpSipMask, ipPrefix),
    arp_tip: masked(match.arpTip, match.arpTipMask, ipPrefix),
    arp_sha: masked(match.arpSha, match.arpShaMask, macPrefix),
    arp_tha: masked(match.arpTha, match.arpThaMask, macPrefix),
    ct_state: ctState(match.ctState, match.ctStateMask),
    ...withMask('ct_zone', match.ctZone, match.ctZoneMask),
    ...withMask('ct_mark', match.ctMark, match.ctMarkMask),
    ct_label: masked(match.ctLabel, match.ctLabelMask, String),
    mpls_label: match.mplsLabel,
    mpls_tc: mplsTc === undefined ? undefined : String(mplsTc),
    mpls_bos: mplsBos === undefined ? undefined : String(mplsBos),
    mpls_ttl: mplsTtl === undefined ? undefined : String(mplsTtl),
    mpls: match.mplsLse?.map((entry) => ({ ...entry })),
    pppoe_sid: match.pppoeSid,
    ppp_proto: name({ 33: 'ip', 87: 'ipv6', 641: 'mpls_uc', 49185: 'lcp' }, match.pppProto, String),
    l2tpv3_sid: match.l2tpv3Sid,
    spi: match.spi === undefined ? undefined : hex(match.spi),
    cfm: match.cfm === undefined ? undefined : present({ mdl: match.cfm.level, op: match.cfm.opcode }),
    l2_miss: match.l2Miss,
    enc_key_id: match.encKeyId,
    enc_dst_ip: masked(match.encDstIp, match.encDstIpMask, ipPrefix),
    enc_src_ip: masked(match.encSrcIp, match.encSrcIpMask, ipPrefix),
    enc_dst_port: match.encDstPort,
    ...withMask('enc_tos', match.encTos, match.encTosMask),
    ...withMask('enc_ttl', match.encTtl, match.encTtlMask),
    enc_flags: flags(match.encFlags, match.encFlagsMask, ['', '', 'tuncsum', 'tundf', 'tunoam', 'tuncrit']),
    ...tunnelKeys(match.encOpts, match.encOptsMask),
  })
}

/** Types by their numbers (ETH_P_*), as tc calls them where it says a protocol. */
const PROTOCOLS: Record<number, string> = {
  3: 'all',
  2048: 'ip',
  2054: 'arp',
  32821: 'rarp',
  33024: '802.1Q',
  34525: 'ipv6',
  34887: 'mpls_uc',
  34888: 'mpls_mc',
  34916: 'ppp_ses',
  34984: '802.1ad',
  35020: 'LLDP',
  35074: 'cfm',
}
const protocolName = (number: number) => PROTOCOLS[number] ?? `[${number}]`
const IP_PROTOCOLS: Record<number, string> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  115: 'l2tp',
  132: 'sctp',
}

const isTag = (type: number | undefined) => type === 0x8100 || type === 0x88a8

function tagTypes(match: FlowerMatch): Json {
  const { vlanEthType, cvlanEthType, pppoeSid, pppProto } = match
  // The kernel keeps no type of what is inside of a tag where PPPoE without a protocol follows …
  const silent = pppoeSid !== undefined && pppProto === undefined
  const shown = (type: number | undefined) =>
    type === undefined || (silent && !isTag(type)) ? undefined : protocolName(type)
  // … and of two tags it says what is innermost of all (cls_flower.c fl_dump_key).
  return { vlan_ethtype: shown(vlanEthType), cvlan_ethtype: shown(cvlanEthType && insidePpp(cvlanEthType, pppProto)) }
}

function insidePpp(type: number, pppProto: number | undefined): number {
  return type === 0x8864 ? ({ 33: 0x0800, 87: 0x86dd, 641: 0x8847 }[pppProto ?? 0] ?? type) : type
}

function innermostType({
  ethType,
  vlanEthType,
  cvlanEthType,
  pppProto,
  vlanId,
  vlanPrio,
}: FlowerMatch): string | undefined {
  const tagged = isTag(ethType) || vlanId !== undefined || vlanPrio !== undefined
  let type = cvlanEthType ?? vlanEthType ?? (tagged ? undefined : ethType)
  if (type === 0x8864) type = pppProto === undefined ? undefined : insidePpp(type, pppProto)
  if (type === undefined || isTag(type)) return undefined
  return { 2048: 'ipv4', 34525: 'ipv6', 2054: 'arp', 32821: 'rarp' }[type] ?? hex(type).padStart(4, '0')
}

function port(side: 'src' | 'dst', match: FlowerMatch): Json {
  const key = `${side}_port`
  const [min, max] = [match[`${side}PortMin`], match[`${side}PortMax`]]
  if (min !== undefined) return { [key]: { start: min, end: max } }
  const suffix = side === 'src' ? 'Src' : 'Dst'
  for (const protocol of ['tcp', 'udp', 'sctp'] as const) {
    const value = match[`${protocol}${suffix}`]
    if (value !== undefined) return withMask(key, value, match[`${protocol}${suffix}Mask`])
  }
  return {}
}

const CT_FLAGS = { trk: 8, new: 1, est: 2, rel: 4, inv: 16, rpl: 32 }

function ctState(state: number | undefined, mask = 0xffff): string | undefined {
  if (state === undefined) return undefined
  return Object.entries(CT_FLAGS)
    .map(([flag, bit]) => (mask & bit ? (state & bit ? '+' : '-') + flag : ''))
    .join('')
}

function flags(value: number | undefined, mask: number | undefined, names: string[]): Json | undefined {
  if (value === undefined || mask === undefined) return undefined
  return Object.fromEntries(
    names.flatMap((flag, bit) => (mask & (1 << bit) ? [[flag, (value & (1 << bit)) !== 0]] : [])),
  )
}

function tunnelKeys(options: TunnelOptions | undefined, mask: TunnelOptions | undefined): Json {
  if (options === undefined) return {}
  const { geneve, vxlan, erspan, pfcp } = options
  if (geneve !== undefined) {
    const full = geneve.map(({ data = '' }) => ({ class: 0xffff, type: 0xff, data: 'f'.repeat(data.length) }))
    return { geneve_opt_key: geneve.map(geneveOption), geneve_opt_mask: (mask?.geneve ?? full).map(geneveOption) }
  }
  if (vxlan !== undefined) return { vxlan_opt_key: [vxlan], vxlan_opt_mask: [mask?.vxlan ?? { gbp: 0xffffffff }] }
  if (erspan !== undefined)
    return { erspan_opt_key: [erspanOption(erspan)], erspan_opt_mask: [erspanOption(mask?.erspan)] }
  if (pfcp !== undefined) {
    const fullMask = { type: 0xff, seid: 'f'.repeat(16) }
    return { pfcp_opt_key: [pfcpOption(pfcp)], pfcp_opt_mask: [pfcpOption(mask?.pfcp ?? fullMask)] }
  }
  // [tc] prints no GTP options in JSON.
  return {}
}

function geneveOption({
  class: number,
  type,
  data = '',
}: {
  class?: number | undefined
  type?: number | undefined
  data?: string | undefined
}): Json {
  return { class: number, type, data: [...Buffer.from(data, 'hex')] }
}

function erspanOption({
  version = 0,
  index = 0,
  direction = 0,
  hwId = 0,
}: NonNullable<TunnelOptions['erspan']> = {}): Json {
  return { ver: version, index, dir: direction, hwid: hwId }
}

/** [tc] prints the lower half of the session's 64 bits only. */
function pfcpOption({ type, seid = '' }: NonNullable<TunnelOptions['pfcp']>): Json {
  return { type, seid: Number.parseInt(seid.slice(8), 16) }
}

function actionOf(action: Action, order: number, nameOf: (ifindex: number) => string): Json {
  const { cookie, hwStats, usedHwStats, actionFlags, index, refs, binds, stats } = action
  return {
    order,
    ...parametersOf(action, nameOf),
    index,
    ref: refs,
    bind: binds,
    stats: statsOf(stats),
    ...present({
      cookie,
      hw_stats: hwStatsWords(hwStats),
      used_hw_stats: hwStatsWords(usedHwStats),
      no_percpu: actionFlags && (actionFlags.value & 1) !== 0 ? true : undefined,
    }),
  }
}

const hwStatsWords = (kinds: string[] | undefined) => kinds && (kinds.length === 0 ? ['disabled'] : kinds)

function statsOf(stats: ActionStats | undefined): Json {
  const { bytes = 0, packets = 0, drops = 0, overlimits = 0, software, hardware } = stats ?? {}
  const apart =
    hardware === undefined || hardware.packets === 0
      ? {}
      : {
          sw_bytes: software?.bytes,
          sw_packets: software?.packets,
          hw_bytes: hardware.bytes,
          hw_packets: hardware.packets,
        }
  return { bytes, packets, drops, overlimits, requeues: 0, backlog: 0, qlen: 0, ...apart }
}

/** undefined for actions that have no fields of ours: they are compared by index, statistics and text. */
function parametersOf(action: Action, nameOf: (ifindex: number) => string): Json {
  switch (action.kind) {
    case 'gact': {
      const { control, random = { type: 'none', value: 0, control: 'ok' } } = action
      const prob = { random_type: random.type, control_action: controlOf(random.control), val: random.value }
      return { kind: 'gact', control_action: controlOf(control), prob }
    }
    case 'mirred': {
      const { operation, direction, ifindex, blockId, control = operation === 'redirect' ? 'stolen' : 'pipe' } = action
      const target = blockId === undefined ? { to_dev: nameOf(ifindex) } : { to_blockid: blockId }
      return { kind: 'mirred', mirred_action: operation, direction, ...target, control_action: controlOf(control) }
    }
    case 'tunnel_key': {
      const { operation: mode, control = 'pipe' } = action
      const head = { kind: 'tunnel_key', mode, control_action: controlOf(control) }
      if (action.operation === 'unset') return head
      const { srcIp, dstIp, keyId, dstPort, noCsum, noFrag = false, tos, ttl, options } = action
      return {
        ...head,
        ...present({
          src_ip: srcIp,
          dst_ip: dstIp,
          key_id: keyId,
          dst_port: dstPort,
          tos: tos || undefined,
          ttl: ttl || undefined,
        }),
        flag: noCsum ? 'nocsum' : 'csum',
        nofrag: noFrag,
        ...present({
          geneve_opts: options?.geneve?.map(geneveOption),
          vxlan_opts: options?.vxlan && [options.vxlan],
          erspan_opts: options?.erspan && [erspanOption(options.erspan)],
        }),
      }
    }
    case 'vlan': {
      const { operation, id, protocol, priority, dstMac, srcMac, control = 'pipe' } = action
      return {
        kind: 'vlan',
        vlan_action: operation,
        control_action: controlOf(control),
        ...present({ id, protocol: protocol && protocolName(protocol), priority, dst_mac: dstMac, src_mac: srcMac }),
      }
    }
    case 'skbedit': {
      const { priority, mark, markMask, ptype, queueMapping, flags: bits = 0, control = 'pipe' } = action
      return {
        kind: 'skbedit',
        control_action: controlOf(control),
        ...present({
          priority: priority === undefined ? undefined : handleName(priority),
          mark,
          mask: markMask === undefined ? undefined : hex(markMask),
          ptype: ptype === undefined ? undefined : ['host', 'broadcast', 'multicast', 'otherhost'][ptype],
          queue_mapping: queueMapping,
        }),
        ...(bits & 0x20 && { inheritdsfield: null }),
      }
    }
    case 'csum': {
      const { update, control = 'pipe' } = action
      return {
        kind: 'csum',
        csum: update.map((one) => (one === 'ip4h' ? 'iph' : one)).join(', '),
        control_action: controlOf(control),
      }
    }
    case 'pedit': {
      // [tc] leaves out at, offset mask and shift.
      const keys = action.keys.map(({ header, command, offset, value, mask }) => ({
        htype: { ip4: 'ipv4', ip6: 'ipv6' }[header as string] ?? header,
        offset,
        cmd: command,
        val: hex(value),
        mask: hex(mask),
      }))
      return { kind: 'pedit', control_action: controlOf(action.control ?? 'pipe'), nkeys: keys.length, keys }
    }
    case 'police': {
      // [tc] prints two fields named control_action, of which a reader keeps the last, and no rates in JSON (see policeText).
      const { exceed, conform, overhead = 0, linkLayer, packetRate, packetBurst } = action
      return {
        kind: 'police',
        control_action: controlOf(conform ?? exceed),
        overhead,
        ...present({ linklayer: linkLayer, pkts_rate: packetRate, pkts_burst: packetBurst }),
      }
    }
    case 'ct': {
      const { commit, force, clear, zone = 0, mark, markMask, label, labelMask, nat, helper, control = 'pipe' } = action
      const words = [commit && 'commit', force && 'force', clear && 'clear'].filter(Boolean).join(' ')
      const family = helper && `${helper.family}-${IP_PROTOCOLS[helper.protocol]}-${helper.name}`
      return {
        kind: 'ct',
        control_action: controlOf(control),
        ...present({
          action: words || undefined,
          zone: clear ? undefined : zone,
          mark,
          mark_mask: markMask === undefined ? undefined : hex(markMask),
          label: masked(label, labelMask, String),
          nat: nat && natText(nat),
          helper: family,
        }),
      }
    }
    case 'mpls': {
      const { operation, protocol, label, tc, ttl, bos, control = 'pipe' } = action
      return {
        kind: 'mpls',
        mpls_action: operation,
        control_action: controlOf(control),
        ...present({ protocol: protocol && protocolName(protocol), label, tc, ttl, bos }),
      }
    }
    case 'sample': {
      const { rate, group, truncate, control = 'pipe' } = action
      return { kind: 'sample', rate, group, ...present({ trunc_size: truncate }), control_action: controlOf(control) }
    }
    case 'raw':
      return { raw: true }
  }
}

function natText({
  direction,
  ip,
  maxIp,
  port: first,
  maxPort,
}: {
  direction?: string
  ip?: string
  maxIp?: string
  port?: number
  maxPort?: number
}): string {
  const range = (from: unknown, to: unknown) => (to === undefined ? `${from}` : `${from}-${to}`)
  return [direction, ip && `addr ${range(ip, maxIp)}`, first && `port ${range(first, maxPort)}`]
    .filter(Boolean)
    .join(' ')
}

function controlOf(control: Control): Json {
  if (typeof control === 'string') return { type: control === 'ok' ? 'pass' : control }
  return 'gotoChain' in control ? { type: 'goto', chain: control.gotoChain } : { type: 'jump', jump: control.jump }
}

/** A traffic control handle: major and minor number. */
function handleName(handle: number): string {
  if (handle === 0) return 'none'
  const [major, minor] = [handle >>> 16, handle & 0xffff]
  return `${major === 0 ? '' : hex(major)}:${hex(minor)}`
}

const hex = (value: number) => value.toString(16)

function name(
  names: Record<number, string>,
  value: number | undefined,
  other: (value: number) => string,
): string | undefined {
  return value === undefined ? undefined : (names[value] ?? other(value))
}

function masked(
  value: string | undefined,
  mask: string | undefined,
  short: (mask: string) => string,
): string | undefined {
  if (value === undefined) return undefined
  return mask === undefined ? value : `${value}/${short(mask)}`
}

function withMask(key: string, value: number | undefined, mask: number | undefined): Json {
  return present({ [key]: value, [`${key}_mask`]: mask === undefined ? undefined : hex(mask) })
}

function slash(value: number | undefined, mask: number | undefined): string | undefined {
  if (value === undefined) return undefined
  return mask === undefined ? String(value) : `${value}/${mask}`
}

function prefixLength(bits: string): number | undefined {
  return /^1*0*$/.test(bits) ? bits.indexOf('0') : undefined
}

function macPrefix(mask: string): string {
  return String(
    prefixLength(
      mask
        .split(':')
        .map((byte) => Number.parseInt(byte, 16).toString(2).padStart(8, '0'))
        .join(''),
    ) ?? mask,
  )
}

function ipPrefix(mask: string): string {
  const groups = mask.includes(':')
    ? expand(mask).map((group) => group.toString(2).padStart(16, '0'))
    : mask.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'))
  return String(prefixLength(groups.join('')) ?? mask)
}

function expand(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const parts = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  if (tail === undefined) return parts(head)
  const [left, right] = [parts(head), parts(tail)]
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function present(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
