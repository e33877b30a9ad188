/** linux/rtnetlink.h: message types of traffic control. */
export const RTM_NEWQDISC = 36
export const RTM_DELQDISC = 37
export const RTM_GETQDISC = 38
export const RTM_NEWTFILTER = 44
export const RTM_DELTFILTER = 45
export const RTM_GETTFILTER = 46
export const RTM_NEWCHAIN = 100
export const RTM_DELCHAIN = 101
export const RTM_GETCHAIN = 102

/** linux/pkt_sched.h: handle ffff: of the clsact and ingress qdiscs, and the parents of their two directions. */
export const TC_H_CLSACT = 0xfffffff1
export const CLSACT_HANDLE = 0xffff0000
export const PARENT_INGRESS = 0xfffffff2
export const PARENT_EGRESS = 0xfffffff3

/** linux/if_ether.h */
export const ETH_P_ALL = 0x0003
export const ETH_P_IP = 0x0800
export const ETH_P_ARP = 0x0806
export const ETH_P_8021Q = 0x8100
export const ETH_P_IPV6 = 0x86dd
export const ETH_P_8021AD = 0x88a8

/** linux/pkt_cls.h: TCA_CLS_FLAGS_* */
export const CLS_FLAGS = { skipHw: 1, skipSw: 2, inHw: 4, notInHw: 8, verbose: 16 } as const

/** linux/rtnetlink.h: struct tcamsg's neighbour TCA_DUMP_FLAGS, a bitfield32. */
export const TCA_DUMP_FLAGS_TERSE = 1
