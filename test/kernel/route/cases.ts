/** Lines for `ip -batch`: what the tests read, delete and write again. Devices: left and right, the ends of a veth. */

const SET_UP = [
  'link set dev lo up',
  'link add name left type veth peer name right',
  // No addresses of the kernel's own making, which come and go by themselves.
  'link set dev left addrgenmode none up',
  'link set dev right addrgenmode none up',
]

const ADDRESSES = ['address add 10.0.0.1/24 dev left', 'address add fd00::1/64 dev left nodad']

/** Every entry of `a` with every one of `b`, numbered from 1. */
function product<A, B, R>(a: readonly A[], b: readonly B[], make: (a: A, b: B, n: number) => R): R[] {
  return a.flatMap((x, i) => b.map((y, j) => make(x, y, i * b.length + j + 1)))
}

const METRICS =
  'window 1000 rtt 100ms rttvar 50ms ssthresh 3 cwnd lock 4 reordering 5 hoplimit 12 initcwnd 10 rto_min 5ms initrwnd 20 quickack 1 features ecn congctl reno'

export const routes = [
  ...SET_UP,
  ...ADDRESSES,
  'nexthop add id 5 via 10.0.0.9 dev left',
  'nexthop add id 6 via 10.0.0.8 dev left',
  'nexthop add id 7 group 5,3/6,1',
  ...product(
    [
      'dev left',
      'via 10.0.0.9',
      'via 10.99.0.1 dev left onlink',
      'via inet6 fd00::9 dev left',
      'nexthop via 10.0.0.8 dev left weight 3 nexthop via 10.99.0.1 dev left weight 256 onlink',
      'nexthop via inet6 fd00::8 dev left nexthop via 10.0.0.9 dev left',
    ],
    [
      '',
      'metric 7',
      'table 100 protocol 200',
      'table 100000 tos 0x10',
      'src 10.0.0.1 mtu lock 1400 advmss 1300',
      METRICS,
    ],
    (way, more, n) => `route add 10.20.${n}.0/24 ${more} ${way}`,
  ),
  ...product(
    ['blackhole', 'unreachable', 'prohibit', 'throw'],
    ['', 'metric 9 table 100'],
    (type, more, n) => `route add ${type} 10.21.0.${n} ${more}`,
  ),
  'route add default via 10.0.0.9',
  'route add default via 10.0.0.9 table 100',
  'route add 10.0.0.0/8 dev left scope host',
  'route add local 10.22.0.1 dev lo table 100',
  'route add local 10.22.0.0/16 dev lo',
  'route add broadcast 10.22.0.2 dev left table local',
  'route add multicast 239.0.0.0/8 dev left',
  'route add 10.23.1.0/24 nhid 5',
  'route add 10.23.2.0/24 nhid 7 metric 3',
  'route add 10.24.1.0/24 encap ip id 5 dst 10.9.9.9 dev left',
  'route add 10.24.2.0/24 nexthop encap ip id 6 dst 10.9.9.9 via 10.0.0.9 weight 2 nexthop via 10.0.0.8',
  ...product(
    ['dev left', 'via fd00::9', 'via fe80::99 dev left', 'nexthop via fd00::8 weight 3 nexthop via fd00::9'],
    [
      '',
      'metric 7',
      'table 100 protocol 200',
      'table 100000',
      'pref high',
      'src fd00::1 mtu lock 1400 advmss 1300',
      METRICS,
    ],
    (way, more, n) => `-6 route add fd20:${n}::/64 ${more} ${way}`,
  ),
  ...['blackhole', 'unreachable', 'prohibit', 'throw'].map((type, n) => `-6 route add ${type} fd21:${n}::/48`),
  '-6 route add default via fd00::9 pref low',
  '-6 route add fd22::/64 from fd00::/64 dev left',
  '-6 route add fd23::1 via fd00::9',
  '-6 route add local fd24::/64 dev lo table local',
]

export const rules = [
  ...SET_UP,
  ...product(
    [
      'from 10.0.0.1',
      'to 10.6.0.0/16',
      'from 10.0.0.0/8 to 10.6.0.1 iif lo',
      'not from 10.0.0.1',
      'fwmark 0x10',
      'fwmark 0x10/0xf0',
      'iif left tos 0x10',
      'oif left',
      'ipproto tcp dport 80',
      'ipproto udp sport 100-200 dport 5-6',
      'uidrange 3-4',
      'tun_id 7',
    ],
    [
      'lookup 100',
      'lookup 100000 suppress_prefixlength 0 protocol 2',
      'lookup main suppress_ifgroup 3',
      'prohibit',
      'unreachable',
      'blackhole',
      'nop protocol 200',
      'goto 32766',
    ],
    (match, action, n) => `rule add ${match} ${action} pref ${100 + n}`,
  ),
  ...product(
    ['from fd00::1', 'to fd06::/64 iif lo', 'not fwmark 1', 'ipproto udp dport 6081'],
    ['lookup 100', 'lookup main suppress_prefixlength 0', 'unreachable', 'goto 32766'],
    (match, action, n) => `-6 rule add ${match} ${action} pref ${100 + n}`,
  ),
  'rule add l3mdev pref 90',
  'rule add realms 1/2 lookup 100 pref 91',
  '-6 rule add l3mdev pref 90 protocol 2',
]

export const addresses = [
  ...SET_UP,
  ...product(
    [
      '',
      'noprefixroute',
      'broadcast +',
      'label left:x scope link',
      'metric 5',
      'valid_lft 5000 preferred_lft 4000',
      'scope host label left',
    ],
    [32, 31, 24, 16],
    (more, prefix, n) => `address add 10.${100 + n}.0.1/${prefix} ${more} dev left`,
  ),
  'address add 10.40.0.1 peer 10.41.0.1/30 dev left',
  'address add 10.42.0.1 peer 10.43.0.1 broadcast 10.43.0.255 dev left',
  ...product(
    ['', 'noprefixroute', 'home', 'mngtmpaddr', 'metric 5', 'valid_lft 5000 preferred_lft 4000', 'preferred_lft 0'],
    [128, 64],
    (more, prefix, n) => `address add fd40:${n}::1/${more === 'mngtmpaddr' ? 64 : prefix} nodad ${more} dev left`,
  ),
  'address add fd41::1 peer fd41::2/64 nodad dev left',
]

export const neighbours = [
  ...SET_UP,
  ...ADDRESSES,
  ...product(
    ['permanent', 'noarp', 'stale'],
    ['', 'router', 'extern_learn', 'router extern_learn', 'protocol 200'],
    (state, more, n) => [
      `neighbour add 10.0.0.${100 + n} lladdr 02:00:00:00:00:${9 + n} nud ${state} ${more} dev left`,
      `neighbour add fd00::${100 + n} lladdr 02:00:00:00:00:${9 + n} nud ${state} ${more} dev left`,
    ],
  ).flat(),
  'neighbour add 10.0.0.99 lladdr 02:00:00:00:00:99 nud permanent dev right',
]

export const proxies = [
  'neighbour add proxy 10.0.0.80 dev left',
  'neighbour add proxy 10.0.0.81 dev right protocol 200',
  'neighbour add proxy fd00::80 dev left',
  'neighbour add proxy fd00::81 dev left router',
]
