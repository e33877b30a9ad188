import { files } from '../../../kernel/index.js'
import type { ArpSettings, NodeState } from '../state.js'

/** Of IPv4, in the network namespace of this process (proc_sys(5)). */
export function readArpSettings(devices: Iterable<string>): Record<string, ArpSettings> {
  return Object.fromEntries(
    ['all', ...devices].map((device) => {
      const read = (name: string) => files.readText(`/proc/sys/net/ipv4/conf/${device}/${name}`)
      const [rpFilter, arpIgnore, arpAnnounce] = [read('rp_filter'), read('arp_ignore'), read('arp_announce')]
      return [
        device,
        {
          ...(rpFilter !== undefined && { rpFilter: Number(rpFilter) }),
          ...(arpIgnore !== undefined && { arpIgnore: Number(arpIgnore) }),
          ...(arpAnnounce !== undefined && { arpAnnounce: Number(arpAnnounce) }),
        },
      ]
    }),
  )
}

const NETWORKD = '/etc/systemd/networkd.conf'

/** systemd-networkd removes policy rules of others when it starts, unless it is told not to (networkd.conf(5)). */
export function readNetworkd(): NodeState['networkd'] {
  const texts = [
    files.readText(NETWORKD),
    ...files.listFolder(`${NETWORKD}.d`).map((name) => files.readText(`${NETWORKD}.d/${name}`)),
  ]
  return {
    // Its own state of each link is there while it runs.
    runs: files.listFolder('/run/systemd/netif/links').length > 0,
    keepsForeignRules: texts.some((text) =>
      /^\s*ManageForeignRoutingPolicyRules\s*=\s*(no|false|off|0)\s*$/im.test(text ?? ''),
    ),
  }
}
