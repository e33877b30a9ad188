import type { Entry } from '../entry.js'

/** What is found out about the file and the node before any rule is judged; each is printed with its own particulars. */
export const FINDING = [
  {
    code: 'NO_COMMON_PLANE',
    meaning: 'Two VTEPs are in different planes, so there is no tunnel between them, and no rule for that pair.',
    todo: 'put both NICs into one plane, or name the two planes under crossPlane where both are of this node',
  },
  {
    code: 'NO_COMMON_FAMILY',
    meaning: 'One of two VTEPs is IPv4, the other IPv6, so there is no tunnel between them.',
    todo: 'give both the same family',
  },
  {
    code: 'ONE_VTEP_FOR_TWO_NICS',
    meaning: 'Two VFs on different NICs were given the same VTEP, so no tunnel between the two NICs is possible.',
    todo: 'leave out vtep on one of them',
  },
  {
    code: 'INTRA_NODE_OFF',
    meaning:
      'Two VFs on different NICs of one node are left to OVN: a tunnel between the NICs would skip its ACLs, connection tracking and port security.',
    todo: 'name the network under spec.source.ovn.stateless, where it needs none of these',
  },
  {
    code: 'INTRA_NODE_ROUTE',
    meaning:
      'Linux would deliver the packets of a tunnel between two NICs of this node itself, so there are no rules for it.',
    todo: 'give the commands that the finding names, in that order',
  },
  {
    code: 'VTEP_IS_NODE_ADDRESS',
    meaning:
      'The VTEP of a NIC is the node’s own address; the routing that a tunnel between two NICs needs would put the node’s own traffic on the wire.',
    todo: 'give the NIC a VTEP of its own',
  },
  {
    code: 'MTU_TOO_SMALL',
    meaning:
      'A VF may send packets that are too long for the way once they are in the tunnel; hardware drops them without a word.',
    todo: 'raise the MTU of the uplink and of the network, or lower that of the VF',
  },
  {
    code: 'BUM_TOO_WIDE',
    meaning: 'What goes to all of a network needs more copies than one rule can make, so no rule is made for it.',
    todo: 'give the endpoints static neighbours',
  },
  {
    code: 'FALLBACK_NOT_COVERED',
    meaning: 'The file asks for the BPF fallback, which is not in this version.',
    todo: 'rules that hardware refuses stay in TC software',
  },
  {
    code: 'NOT_RECOGNISED',
    meaning: 'A rule has nicsteer’s cookie, but is no rule that nicsteer makes.',
    todo: 'nicsteer apply -f FILE puts it right, nicsteer clear removes it',
  },
  {
    code: 'OVN_FALLS_BACK',
    meaning: 'OVN has no tunnel between just these two VTEPs, and takes any other one to that chassis.',
    todo: 'set external_ids:encap-ip on the Interfaces there, or external_ids:ovn-encap-ip-default',
  },
  {
    code: 'OVN_CHOOSES_ANOTHER_VTEP',
    meaning: 'OVN sends that port’s packets by another VTEP than the one of the VF’s own NIC.',
    todo: 'set external_ids:encap-ip of its Interface to that VTEP, which has to be in ovn-encap-ip',
  },
  {
    code: 'UNKNOWN_ENCAP_IP',
    meaning: 'A port or Interface asks for a VTEP that this chassis does not have.',
    todo: 'use one of those in external_ids:ovn-encap-ip',
  },
  {
    code: 'NO_TUNNEL_TO_CHASSIS',
    meaning:
      'OVN has no tunnel to that chassis, or one of another type or UDP port than this node’s; its ports are left out.',
    todo: 'give both the same ovn-encap-type and port, and a common transport zone: ovn-sbctl list Encap',
  },
  {
    code: 'BAD_ENCAP',
    meaning: 'The VTEP of a chassis is no address; ports that are reached by it are left out.',
    todo: 'look at ovn-encap-ip there, and at ovn-sbctl list Encap',
  },
  {
    code: 'NO_PORT_BINDING',
    meaning: 'An Interface’s iface-id is no logical port of OVN’s southbound database.',
    todo: 'check that this is the right database, and the port’s name: ovn-nbctl show',
  },
  {
    code: 'NO_VF_IN_OVN',
    meaning: 'No representor is an Interface of the local Open vSwitch with an iface-id, so there is nothing to steer.',
    todo: 'ovs-vsctl add-port br-int REPRESENTOR -- set Interface REPRESENTOR external_ids:iface-id=PORT',
  },
  {
    code: 'NO_ADDRESS',
    meaning: 'A port of OVN has no MAC address, and is left out.',
    todo: 'ovn-nbctl lsp-set-addresses PORT "MAC IP"',
  },
  {
    code: 'SAME_MAC_TWICE',
    meaning: 'Two ports of one network have the same MAC address; the second is left out.',
    todo: 'give each its own',
  },
  {
    code: 'INTERCONNECT_NOT_COVERED',
    meaning:
      'Ports of other zones are behind a transit switch without a VF of this node; they are reached by routing, which is left to Open vSwitch.',
    todo: 'nothing: such traffic is judged by Open vSwitch’s flows',
  },
  {
    code: 'PORTS_LEFT_TO_OVS',
    meaning: 'No rule is made for these ports of OVN; Open vSwitch carries their traffic.',
    todo: 'see what the finding says of them',
  },
  {
    code: 'MORE_ADDRESSES',
    meaning: 'A port of OVN has more than one MAC address; the first is steered.',
    todo: 'use one MAC address for each VF',
  },
] as const satisfies readonly Entry[]
