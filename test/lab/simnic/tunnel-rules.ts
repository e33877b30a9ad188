import type { TcRule } from './rules.js'

// Encap and decap rules in tc's words, for topology `single` (hack/lab/topology/lib.sh has its numbering).

/** The peer's VTEP. */
export const PEER = '10.0.0.11'
export const VNI = 5001
export const TUNNEL = 'gnv0'

export const vfMac = (pf: number, vf: number) => `02:00:00:00:0${pf}:0${vf + 1}`
export const vfIp = (pf: number, vf: number) => `192.168.7.${10 * pf + vf + 1}`
export const vtep = (pf: number) => `10.0.0.${pf + 1}`
export const REMOTE_MAC = '02:00:00:00:0f:01'
export const REMOTE_IP = '192.168.7.101'
const REMOTE_KEY = 101
const key = (pf: number, vf: number) => 10 * pf + vf + 1
const hex = (value: number) => value.toString(16).padStart(4, '0')

/** OVN's option as a VF's packets carry it, `class:type:data`. */
export const optionFrom = (pf: number, vf: number) => `0102:80:${hex(key(pf, vf))}${hex(REMOTE_KEY)}`

export interface Encap {
  handle?: number
  pref?: number
  chain?: number
  src?: string
  dst?: string
  option?: string
  match?: string
}

/** For the representor of VF `vf` of PF `pf`. */
export function encapRule(pf: number, vf: number, change: Encap = {}): TcRule {
  const { handle = 1, pref = 11, chain, src = vtep(pf), dst = PEER, option = optionFrom(pf, vf), match = '' } = change
  return {
    handle,
    pref,
    ...(chain === undefined ? {} : { chain }),
    protocol: 'all',
    match: `src_mac ${vfMac(pf, vf)} dst_mac ${REMOTE_MAC} ${match}`,
    action: `tunnel_key set src_ip ${src} dst_ip ${dst} id ${VNI} dst_port 6081 ttl 64 nocsum geneve_opts ${option} pipe action mirred egress redirect dev ${TUNNEL}`,
  }
}

export interface Decap {
  handle?: number
  pref?: number
  chain?: number
  /** The tunnel part of the match, after the VF's MAC. */
  match?: string
  enc?: string
  option?: string
  target?: string
}

/** For the tunnel device, towards VF `vf` of PF `pf`. */
export function decapRule(pf: number, vf: number, change: Decap = {}): TcRule {
  const {
    handle = 1,
    pref = 10,
    chain,
    enc = `enc_key_id ${VNI} enc_src_ip ${PEER} enc_dst_ip ${vtep(pf)} enc_dst_port 6081`,
    option = `geneve_opts 0102:80:0000${hex(key(pf, vf))}/ffff:ff:0000ffff`,
    match = '',
    target = `pf${pf}vf${vf}`,
  } = change
  return {
    handle,
    pref,
    ...(chain === undefined ? {} : { chain }),
    protocol: 'all',
    match: `dst_mac ${vfMac(pf, vf)} ${enc} ${option} ${match}`,
    action: `tunnel_key unset pipe action mirred egress redirect dev ${target}`,
  }
}
