import { spawnSync } from 'node:child_process'

/** What people look at in a bundle, by the programs that they know; nicsteer itself never reads it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'links.txt': 'ip -d -s link',
  'addresses.txt': 'ip address',
  'policy-rules.txt': 'ip rule; ip -6 rule',
  'routes.txt': 'ip route show table all; ip -6 route show table all',
  'neighbours.txt': 'ip neighbour',
  'qdiscs.txt': 'tc qdisc',
  'filters.txt':
    'for d in $(ls /sys/class/net); do for way in ingress egress; do tc -s -d filter show dev $d $way 2>/dev/null | sed "s/^/$d $way: /"; done; done',
  'devlink.txt':
    'devlink dev show; devlink dev info; devlink dev eswitch show; devlink dev param show; devlink port show',
  'ethtool.txt':
    'for d in $(ls /sys/class/net); do echo "# $d"; ethtool -i $d; ethtool -k $d | grep tc-offload; ethtool -S $d; done 2>/dev/null',
  'ovs.txt': 'ovs-vsctl show; ovs-vsctl get Open_vSwitch . other_config external_ids ovs_version',
  'dump-flows.txt': 'ovs-appctl dpctl/dump-flows -m',
  'kernel-log.txt': 'dmesg | tail -n 2000',
  'kernel.txt': 'uname -a; lsmod',
  'sysctls.txt':
    'sysctl -a 2>/dev/null | grep -E "^net\\.(ipv4|ipv6)\\.conf\\..*\\.(rp_filter|arp_ignore|arp_announce|forwarding) "',
}

/** A program that takes longer is of no use here. */
const SECONDS = 20
/** Of one text: a node with very many flows has its dump in the transcript. */
const MAX_BYTES = 64 << 20

/** `options:psk=…` of an IPsec tunnel, and the like. */
const SECRET = /((?:psk|passw(?:or)?d|secret|token)[\w-]*["']?\s*[=:]\s*)(?:"[^"]*"|[^\s,}]+)/gi

/** What each printed, with its errors; a program that is not there says so in its text. */
export function collectTexts(): Map<string, string> {
  const texts = new Map<string, string>()
  for (const [name, script] of Object.entries(PROGRAMS)) {
    const { stdout, stderr, error } = spawnSync('sh', ['-c', script], {
      encoding: 'utf8',
      timeout: SECONDS * 1000,
      maxBuffer: MAX_BYTES,
    })
    const parts = [`# ${script}`, stdout, stderr, error?.message ?? ''].filter((part) => part !== '')
    texts.set(name, parts.join('\n').replace(SECRET, '$1(left out)'))
  }
  return texts
}
