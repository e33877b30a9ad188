import { uapi } from '../uapi.js'

/** linux/pkt_sched.h: the handle of clsact and ingress qdiscs, and the parents of their two directions (TC_H_MAKE). */
export const CLSACT_HANDLE = (uapi.TC_H_CLSACT & 0xffff0000) >>> 0
export const PARENT_INGRESS = (CLSACT_HANDLE | uapi.TC_H_MIN_INGRESS) >>> 0
export const PARENT_EGRESS = (CLSACT_HANDLE | uapi.TC_H_MIN_EGRESS) >>> 0

export const ETH_P_ALL = uapi.ETH_P_ALL
export const ETH_P_IP = uapi.ETH_P_IP
export const ETH_P_ARP = uapi.ETH_P_ARP
export const ETH_P_8021Q = uapi.ETH_P_8021Q
export const ETH_P_IPV6 = uapi.ETH_P_IPV6
export const ETH_P_8021AD = uapi.ETH_P_8021AD

/** linux/pkt_cls.h */
export const CLS_FLAGS = {
  skipHw: uapi.TCA_CLS_FLAGS_SKIP_HW,
  skipSw: uapi.TCA_CLS_FLAGS_SKIP_SW,
  inHw: uapi.TCA_CLS_FLAGS_IN_HW,
  notInHw: uapi.TCA_CLS_FLAGS_NOT_IN_HW,
  verbose: uapi.TCA_CLS_FLAGS_VERBOSE,
} as const
