import { PEER, vtep } from '../simnic/tunnel-rules.js'
import { inNs, run } from './shell.js'

/**
 * What passes a cable, counted by the fabric's own kernel (flower in software, none of our code): GENEVE packets that NIC `pf` sent with
 * its own VTEP as outer source and the peer's as destination, and all others.
 */
export interface CableCount {
  own: number
  other: number
}

const OWN = 1
const OTHER = 2

export function countCable(pf: number): void {
  const device = `cable${pf}`
  const add = (pref: number, match: string) =>
    inNs(
      'fabric',
      'tc',
      ...`filter add dev ${device} ingress protocol ip pref ${pref} handle ${pref} flower ip_proto udp dst_port 6081 ${match} action ok`.split(
        /\s+/,
      ),
    )
  inNs('fabric', 'tc', 'qdisc', 'add', 'dev', device, 'clsact')
  add(OWN, `src_ip ${vtep(pf)} dst_ip ${PEER}`)
  add(OTHER, '')
}

export function cableCount(pf: number): CableCount {
  const text = run('ip', 'netns', 'exec', 'fabric', 'tc', '-j', '-s', 'filter', 'show', 'dev', `cable${pf}`, 'ingress')
  const filters = JSON.parse(text) as { options?: { handle?: number; actions?: { stats?: { packets: number } }[] } }[]
  const packets = (handle: number) =>
    filters.find(({ options }) => options?.handle === handle)?.options?.actions?.[0]?.stats?.packets ?? 0
  return { own: packets(OWN), other: packets(OTHER) }
}
