import { type Entry, mlx5 } from '../entry.js'

const LOOKUP = mlx5('en/tc_tun.c', 'mlx5e_route_lookup_ipv4_get', 'get_route_and_out_devs')
const REVERSE = mlx5('en/tc_tun_encap.c', 'mlx5e_attach_decap_route')

/**
 * The way of a tunnel’s packets. The driver looks it up when the rule comes: for encap from the local VTEP to the remote one, for decap
 * that matches both addresses too. When it does not like what it finds it says nothing.
 */
export const ROUTE = [
  {
    code: 'LOCAL_ROUTE',
    meaning:
      'The remote VTEP is an address of this node, so Linux would deliver the packets itself: they never reach a NIC. Between two NICs of one node that is so until the routing says otherwise. No text, ENETUNREACH.',
    todo: 'nicsteer plan prints the routing rules that a tunnel between two NICs of one node needs',
    sources: [...LOOKUP, ...REVERSE],
  },
  {
    code: 'OTHER_PF_ROUTE',
    meaning:
      'The tunnel’s packets would leave by the other PF of the same card, which the driver refuses; no text, EOPNOTSUPP.',
    todo: 'give the VTEP a route of its own by its PF: ip rule add from VTEP lookup TABLE',
    changes: 'a bond of the two PFs (LAG)',
    sources: LOOKUP,
  },
  {
    code: 'NO_ROUTE',
    meaning: 'There is no route from the local VTEP to the remote one; no text, ENETUNREACH.',
    todo: 'add a route: ip route get REMOTE from LOCAL must answer with the uplink of the VF’s own PF',
    sources: [...LOOKUP, ...REVERSE],
  },
  {
    code: 'NO_SOURCE_ADDRESS',
    meaning: 'The tunnel’s source, the local VTEP, is no address of this network namespace; no text.',
    todo: 'give the PF that address, in the network namespace of the tunnel device: ip address add VTEP/PREFIX dev UPLINK',
    sources: LOOKUP,
  },
  {
    code: 'NEIGHBOUR_UNRESOLVED',
    meaning:
      'The next hop’s MAC address isn’t known. The driver takes the rule and flags it in_hw, but its packets go by the representor until the neighbour answers; the change to hardware makes no event.',
    todo: 'see why the next hop does not answer (ip neighbour show dev UPLINK), or give it a permanent entry; then verify again',
    sources: mlx5('en/tc_tun_encap.c', 'mlx5e_attach_encap'),
  },
  {
    code: 'WRONG_ROUTE',
    meaning:
      'The tunnel’s packets do not leave by the VF’s own PF. Where the route goes by another NIC the driver takes the rule all the same, and sends by its own uplink with the other PF’s MAC address and neighbour.',
    todo: 'give the VTEP a route of its own by its PF: ip rule add from VTEP lookup TABLE',
    sources: LOOKUP,
  },
] as const satisfies readonly Entry[]
