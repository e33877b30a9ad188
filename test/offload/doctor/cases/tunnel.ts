import { HEALTHY } from '../sample.js'
import { finding, IPV6, type RedCase, WITH_FILE, wanted, withLink, withVtep } from '../states.js'

/** Of tunnel devices. */
export const TUNNEL: readonly RedCase[] = [
  [
    'tunnel.device',
    'whose tunnel device is down',
    withLink(HEALTHY, 'genev_sys_6081', { up: false }),
    'FAIL',
    /genev_sys_6081 is down/,
    /ip link set genev_sys_6081 up/,
  ],
  [
    'tunnel.device',
    'whose port another device has',
    withLink(HEALTHY, 'genev_sys_6081', {
      name: 'gnv0',
      tunnel: { kind: 'geneve', external: false, port: 6081, id: 7 },
    }),
    'FAIL',
    /gnv0 has UDP port 6081 and is not in external mode/,
    /ip link del gnv0/,
  ],
  [
    'tunnel.udp6-checksum',
    'that drops IPv6 packets without checksum',
    withLink(IPV6, 'genev_sys_6081', { tunnel: { kind: 'geneve', external: true, port: 6081, udpZeroCsum6Rx: false } }),
    'WARN',
    /noudp6zerocsumrx/,
    /udp6zerocsumrx/,
    IPV6,
  ],
  [
    'tunnel.mtu',
    'whose underlay is too small',
    withLink(HEALTHY, 'p0', { mtu: 1500 }),
    'WARN',
    /VFs of p0 .* may send 1500 bytes, 1558 in the tunnel; p0 takes 1500/,
    /ip link set p0 mtu 1558 .* MTU of 1442/,
  ],
  [
    'tunnel.mtu',
    'whose way is narrower than its device',
    withVtep(HEALTHY, ({ paths }) => ({ paths: paths.map((path) => ({ ...path, mtu: 1400 })) })),
    'WARN',
    /p0 takes 1400/,
    /mtu 1558/,
  ],
  [
    'tunnel.mtu',
    'whose file’s VFs send too much',
    wanted({ findings: [finding('MTU_TOO_SMALL')] }),
    'WARN',
    /text of MTU/,
    /hint of MTU/,
    WITH_FILE,
  ],
]
