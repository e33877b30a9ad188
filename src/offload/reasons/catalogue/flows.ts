import type { Entry } from '../entry.js'

/** Of Open vSwitch's own flows. */
export const FLOW = [
  {
    code: 'WRONG_LOCAL_IP',
    meaning: 'The tunnel’s source is not the VTEP of the VF’s own PF.',
    todo: 'with OVN set external_ids:encap-ip of the VF’s Interface, with Open vSwitch alone options:local_ip of the tunnel’s Interface',
  },
  {
    code: 'WRONG_REMOTE_IP',
    meaning:
      'The tunnel goes to a VTEP behind which the destination is not: the exact tunnel is missing, so another one of that chassis was taken.',
    todo: 'look at ovn-encap-ip of that chassis, and at ovn-sbctl list Encap',
  },
  {
    code: 'NEXT_CHAIN_NOT_OFFLOADED',
    meaning: 'The flow is in hardware, and its packets go on to a recirculation of which not every flow is.',
    todo: 'nicsteer flows --type non-offloaded',
  },
  {
    code: 'CHAIN_BEFORE_NOT_OFFLOADED',
    meaning: 'The flow is in hardware, and none of those that lead to it is: no packet gets there.',
    todo: 'nicsteer flows --type non-offloaded',
  },
  {
    code: 'TOLD_BY_OVS',
    meaning: 'Open vSwitch itself says why.',
    todo: 'see the text; it is Open vSwitch’s own',
  },
  {
    code: 'SLOW_PATH',
    meaning: 'The flow’s packets go to ovs-vswitchd itself, which no hardware can do.',
    todo: 'nothing, but where such packets are many: then find out what makes Open vSwitch look at each',
  },
  {
    code: 'PARTLY_OFFLOADED',
    meaning: 'Hardware helps to recognise the flow’s packets, software carries them.',
    todo: 'look at which of its actions the NIC does not have',
  },
  {
    code: 'NOT_OFFERED',
    meaning:
      'Open vSwitch has the flow in its own data path: hw-offload is off, TC can’t express it, or with tc-policy=skip_sw the NIC refused it.',
    todo: 'nicsteer doctor; Open vSwitch’s log at level debug says why (docs/flows.md)',
  },
  {
    code: 'NOT_PRINTED',
    meaning: 'The dump was made without -m, so it does not say what is offloaded.',
    todo: 'ovs-appctl dpctl/dump-flows -m',
  },
  {
    code: 'NOT_HEARD',
    meaning: 'The NIC refused the flow before anybody listened; Open vSwitch prints no reason.',
    todo: 'nicsteer verify --ovs --trace 10s hears it when Open vSwitch offers the flow again',
  },
] as const satisfies readonly Entry[]
