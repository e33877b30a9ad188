import { type Check, outcome, type Problem, skip, warn } from '../check.js'
import type { ArpSettings } from '../state.js'
import { isInNetwork, type PlacedVtep, severalVteps } from '../vteps.js'

/**
 * How Linux treats addresses of several NICs in one subnet: a host's addresses are the host's, not the device's, unless it is told otherwise
 * (Documentation/networking/ip-sysctl.rst). For IPv6 there are no such settings.
 */
export const arpChecks: readonly Check[] = [
  setting('rp-filter', 'rp_filter', 'rpFilter', {
    title: 'packets between two NICs of the node are not taken for forged ones',
    // 0: no check, 2: any device will do.
    isFine: (value) => value !== 1,
    wrong: (device) => `${device} drops packets whose answer would leave by another device`,
    fix: 2,
    devices: (vteps) => vteps,
  }),
  setting('arp-ignore', 'arp_ignore', 'arpIgnore', {
    title: 'a NIC answers ARP only for its own VTEP',
    isFine: (value) => value >= 1,
    wrong: (device) => `${device} answers ARP for the VTEPs of the other NICs too: their packets come in by it`,
    fix: 1,
    devices: inOneNetwork,
  }),
  setting('arp-announce', 'arp_announce', 'arpAnnounce', {
    title: 'a NIC asks by ARP only in the name of its own VTEP',
    isFine: (value) => value === 2,
    wrong: (device) => `${device} asks by ARP in the name of other NICs' VTEPs: peers then send those by it`,
    fix: 2,
    devices: inOneNetwork,
  }),
]

interface Judgement {
  title: string
  isFine(value: number): boolean
  wrong(device: string): string
  fix: number
  /** Where it matters. */
  devices(vteps: readonly PlacedVtep[]): readonly PlacedVtep[]
}

function setting(
  id: string,
  name: string,
  key: keyof ArpSettings,
  { title, isFine, wrong, fix, devices: matters }: Judgement,
): Check {
  return {
    id: `vtep.${id}`,
    title,
    looksAt: `/proc/sys/net/ipv4/conf: ${name} of all and of the VTEPs' devices`,
    judge(state) {
      const devices = [...new Set(matters(severalVteps(state, 4)).map(({ at }) => at.device))]
      if (devices.length === 0) return skip('no two NICs here have VTEPs of IPv4 that it matters to')
      const { all } = state.sysctls
      const problems: Problem[] = []
      const evidence: string[] = []
      for (const device of devices) {
        const own = state.sysctls[device]?.[key]
        if (own === undefined) continue
        // The stricter of the two holds (include/linux/inetdevice.h, IN_DEV_MAXCONF).
        const value = Math.max(own, all?.[key] ?? 0)
        evidence.push(`${name}: ${device} ${own}, all ${all?.[key] ?? 'unknown'}`)
        if (!isFine(value)) problems.push(warn(`${wrong(device)} (${name} ${value})`, commandFor(name, device, fix)))
      }
      return evidence.length === 0 ? skip(`${name} can't be read`) : outcome(problems, evidence, devices.join(', '))
    },
  }
}

/** The greater value wins, and it is greater than any wrong one: it holds whatever `all` has. */
function commandFor(name: string, device: string, value: number): string {
  // A dot in a device's name is a slash in a sysctl's (sysctl(8)).
  return `sysctl -w net.ipv4.conf.${device.replaceAll('.', '/')}.${name}=${value}`
}

/** On an Ethernet of its own nobody asks a NIC for another's address. */
function inOneNetwork(vteps: readonly PlacedVtep[]): PlacedVtep[] {
  return vteps.filter(({ pf, ip, at }) =>
    vteps.some((other) => other.pf !== pf && isInNetwork(other.ip, ip, Math.max(at.prefix, other.at.prefix))),
  )
}
