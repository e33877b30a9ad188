import { PEER, REMOTE_IP, vtep } from '../simnic/tunnel-rules.js'
import { startOvs, stopOvs, vsctl } from '../support/ovs.js'
import { attempt, run } from '../support/shell.js'
import { useTopology } from '../support/topology.js'

/** Keys of OVN's option, as topology single numbers them. */
const KEYS = { pf0vf0: 1, pf0vf1: 2, pf1vf0: 11 } as const
const PORTS = Object.keys(KEYS) as (keyof typeof KEYS)[]
const REMOTE_KEY = 101
const VNI = 5001

/** Topology single, with an Open vSwitch that sends what VFs send into the tunnel, each by its own NIC's VTEP, and back. */
export function useTunnelFlows(): void {
  // Called first, it is done first: Open vSwitch ends while its ports are there.
  after('Open vSwitch ends', () => stopOvs())
  useTopology('single', 'max_delay_ms=20')
  before('Open vSwitch begins', () => {
    startOvs()
    // Flows of a slow machine's tests stay.
    vsctl(`set Open_vSwitch . other_config:max-idle=${MAX_IDLE_SECONDS * 1000}`)
    vsctl('set Open_vSwitch . external_ids:ovn-pf-encap-ip-mapping="p0:10.0.0.1,p1:10.0.0.2"')
    vsctl('add-br br-int')
    const gnv = 'set interface gnv type=geneve options:remote_ip=flow options:local_ip=flow options:key=flow'
    vsctl(`add-port br-int gnv -- ${gnv}`)
    run('ovs-ofctl', 'add-tlv-map', 'br-int', '{class=0x102,type=0x80,len=4}->tun_metadata0')
    for (const port of PORTS) {
      vsctl(`add-port br-int ${port}`)
      flow(`priority=5,in_port=gnv,tun_metadata0=0x${option(REMOTE_KEY, KEYS[port])}/0xffff,actions=output:${port}`)
      steerBy(port, vtep(port.startsWith('pf0') ? 0 : 1))
    }
  })
}

const MAX_IDLE_SECONDS = 600

/** Has what comes from that port sent into the tunnel from `localIp`, with OVN's option as the peer wants it. */
export function steerBy(port: keyof typeof KEYS, localIp: string): void {
  const tunnel = {
    tun_id: VNI,
    tun_src: localIp,
    tun_dst: PEER,
    tun_metadata0: `0x${option(KEYS[port], REMOTE_KEY)}`,
  }
  const set = Object.entries(tunnel).map(([field, value]) => `set_field:${value}->${field}`)
  flow(`priority=10,in_port=${port},actions=${set.join(',')},output:gnv`)
}

const option = (from: number, to: number) => ((from << 16) | to).toString(16)
/** Adds an OpenFlow rule. */
export const flow = (rule: string) => run('ovs-ofctl', 'add-flow', 'br-int', rule)

/** Three packets from a VF's namespace to behind the peer. */
export const ping = (vf: string) =>
  attempt('ip', 'netns', 'exec', vf, 'ping', '-q', '-c', '3', '-i', '0.2', '-W', '3', REMOTE_IP)

/** A script for bash: a command of nicsteer while VF 0 pings; 1 is its only status that is a failure. */
export const whilePinging = (command: string) =>
  `ip netns exec vf00 ping -q -i 0.3 ${REMOTE_IP} >/dev/null 2>&1 & ${command}; status=$?; kill $!; [ $status -ne 1 ]`
