import type { ReasonCode } from '../../../src/offload/reasons/index.js'

/** Texts of Open vSwitch 3.5's log with which it says why it does not offload a flow (lib/netdev-offload-tc.c). */
export const OVS_TEXTS: readonly (readonly [text: string, code: ReasonCode])[] = [
  ['flow_put: recirc_id sharing not supported', 'RECIRC_NOT_SHARED'],
  ["offloading attribute pkt_mark isn't supported", 'TC_CANNOT_EXPRESS'],
  ["offloading attribute regs[3] isn't supported", 'TC_CANNOT_EXPRESS'],
  ["offloading multiple mpls_lses isn't supported", 'TC_CANNOT_EXPRESS'],
  ["offloading of non-ethernet packets isn't supported", 'TC_CANNOT_EXPRESS'],
  ["offloading of IPv6 fragments isn't supported", 'TC_CANNOT_EXPRESS'],
  ["offloading isn't supported, unknown attribute", 'TC_CANNOT_EXPRESS'],
  ['unsupported put action type: 2', 'TC_CANNOT_EXPRESS'],
  ['unsupported set action type: 14', 'TC_CANNOT_EXPRESS'],
  ['unsupported sub attribute of set action type 7', 'TC_CANNOT_EXPRESS'],
  ['set action type 10 not supported on fragments due to checksum limitation', 'TC_CANNOT_EXPRESS'],
  ['unsupported tunnel key attribute TP_SRC', 'TC_CANNOT_EXPRESS'],
  ['unsupported tunnel key attribute 17', 'TC_CANNOT_EXPRESS'],
  ['Can only support 16 actions', 'TC_CANNOT_EXPRESS'],
  ['flow recirc_id 268435456 exceeds the chain id upper limit', 'TC_CANNOT_EXPRESS'],
  ['Flow API provider mismatch between ingress (pf0vf0) and egress (dpdk0) ports', 'OUTPUT_NOT_IN_TC'],
  ["Can't find netdev for output port 7", 'OUTPUT_NOT_IN_TC'],
  ["Can't find ifindex for output port pf0vf1, error -19", 'OUTPUT_NOT_IN_TC'],
  ['failed to offload flow: Operation not supported: pf0vf0', 'OFFLOAD_FAILED'],
]
