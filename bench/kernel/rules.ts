import { type Ifindex, parseIp, parseMac } from '../../src/base/types.js'
import { ETH_P_ALL, type FlowerFilter } from '../../src/kernel/tc/index.js'

/** Where the rules of the benchmark are: a device with a clsact qdisc, and the tunnel device they redirect to. */
export interface Devices {
  name: string
  ifindex: Ifindex
  tunnelName: string
  tunnel: Ifindex
}

const PRIORITY = 11
const SOURCE_MAC = parseMac('02:00:00:00:00:01')
const LOCAL_IP = parseIp('10.0.0.1')

/** Encap rule number `i`: what a VF sends to one of many endpoints behind some hundred VTEPs. */
export function encapRule(i: number, { ifindex, tunnel }: Devices): FlowerFilter {
  return {
    kind: 'flower',
    ifindex,
    parent: 'ingress',
    chain: 0,
    priority: PRIORITY,
    protocol: ETH_P_ALL,
    match: { ethSrc: SOURCE_MAC, ethDst: parseMac(macOf(i)) },
    actions: [
      {
        kind: 'tunnel_key',
        operation: 'set',
        srcIp: LOCAL_IP,
        dstIp: parseIp(vtepOf(i)),
        keyId: vniOf(i),
        dstPort: 6081,
        options: { geneve: [{ class: 0x102, type: 0x80, data: optionOf(i) }] },
      },
      { kind: 'mirred', operation: 'redirect', direction: 'egress', ifindex: tunnel },
    ],
  }
}

/** The same rule for `tc -batch`. */
export function tcLine(i: number, { name, tunnelName }: Devices): string {
  return (
    `filter add dev ${name} ingress protocol all pref ${PRIORITY} flower src_mac ${SOURCE_MAC} dst_mac ${macOf(i)} ` +
    `action tunnel_key set src_ip ${LOCAL_IP} dst_ip ${vtepOf(i)} id ${vniOf(i)} dst_port 6081 ` +
    `geneve_opts 0102:80:${optionOf(i)} pipe action mirred egress redirect dev ${tunnelName}\n`
  )
}

/** Deletes the rule with that handle. */
export function tcDeleteLine(handle: number, { name }: Devices): string {
  return `filter del dev ${name} ingress protocol all pref ${PRIORITY} handle 0x${handle.toString(16)} flower\n`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

function macOf(i: number): string {
  return `02:00:01:${hex((i >> 16) & 0xff, 2)}:${hex((i >> 8) & 0xff, 2)}:${hex(i & 0xff, 2)}`
}

function vtepOf(i: number): string {
  return `10.0.${1 + ((i >> 8) & 3)}.${i & 0xff}`
}

function vniOf(i: number): number {
  return 5000 + (i % 64)
}

/** OVN's metadata: ingress key, egress key. */
function optionOf(i: number): string {
  return hex(i & 0x7fff, 4) + hex((i * 7) & 0xffff, 4)
}
