import { ipFamily } from '../../../base/types.js'
import type { rtnl } from '../../../kernel/index.js'
import type { TunnelType } from '../../../steering/model.js'
import { externalTunnels, isOurs } from '../../tunnel-device.js'
import { type Check, fail, ok, outcome, type Problem, skip, warn } from '../check.js'
import type { NodeState } from '../state.js'
import { hasMlx5, neededTunnels } from '../used.js'

/** Tunnel devices. */
export const tunnelChecks: readonly Check[] = [
  {
    id: 'tunnel.device',
    title: 'the tunnel device is up, or can be made',
    looksAt: 'GENEVE and VXLAN devices: port, external mode',
    judge(state) {
      const { types, by } = neededTunnels(state)
      if (types.length === 0) return skip('no encapsulation is known; -f FILE names one')
      const devices = state.links.filter(({ tunnel }) => tunnel !== undefined)
      const problems = types.flatMap((type) => deviceProblems(type, portOf(type, state), devices))
      const none = `none of ${types.join(', ')} (${by}) yet: apply makes it, or Open vSwitch`
      return outcome(problems, devices.map(showDevice), devices.map(({ name }) => name).join(', ') || none)
    },
  },
  {
    id: 'tunnel.udp6-checksum',
    title: 'the tunnel device takes IPv6 packets without UDP checksum',
    looksAt: 'udp6zerocsumrx of the tunnel devices; families of the VTEPs',
    judge({ links, vteps }) {
      if (!vteps.some(({ ip }) => ipFamily(ip) === 6)) return skip('no VTEP is IPv6')
      const devices = links.filter(({ tunnel }) => tunnel?.external)
      if (devices.length === 0) return skip('there is no tunnel device yet')
      // A NIC that encapsulates writes checksum 0 (RFC 6935 allows it for tunnels); what hardware misses comes to this device.
      const problems = devices
        .filter(({ tunnel }) => !tunnel?.udpZeroCsum6Rx)
        .map((device) =>
          warn(
            `${device.name} drops what NICs of peers send over IPv6, unless hardware takes it: noudp6zerocsumrx`,
            isOurs(device)
              ? 'nicsteer clear, then nicsteer apply -f FILE'
              : `make ${device.name} anew with udp6zerocsumrx; it can't be changed`,
          ),
        )
      return outcome(problems, devices.map(showDevice))
    },
  },
  {
    id: 'tunnel.qdisc-age',
    title: "the tunnel device's ingress qdisc was made after switchdev mode",
    looksAt: 'rules on tunnel devices that are in hardware: the kernel keeps no age of a qdisc',
    label: 'source-read',
    judge(state) {
      if (!hasMlx5(state)) return skip('there is no mlx5 NIC here')
      const tunnels = new Set(externalTunnels(state.links).keys())
      const hooks = state.qdiscs.filter(
        ({ kind, ifindex }) => tunnels.has(ifindex) && (kind === 'clsact' || kind === 'ingress'),
      )
      if (hooks.length === 0) return skip('there is no such qdisc yet')
      if (state.filters.some(({ ifindex, flags }) => tunnels.has(ifindex) && flags?.inHw))
        return ok('a rule on it is in hardware')
      return skip(
        "can't be known: the kernel does not tell. An older one is never bound to the NIC; where decap rules are refused without a text, delete the qdisc and make it again",
      )
    },
  },
]

const OVN_PORTS: Readonly<Record<TunnelType, number>> = { geneve: 6081, vxlan: 4789 }

function portOf(type: TunnelType, { wanted }: NodeState): number {
  return wanted?.encapsulation?.type === type ? wanted.encapsulation.port : OVN_PORTS[type]
}

function deviceProblems(type: TunnelType, port: number, devices: readonly rtnl.Link[]): Problem[] {
  const external = externalTunnels(devices)
  const there = devices.filter(({ tunnel }) => tunnel?.kind === type && (tunnel.port ?? port) === port)
  const [usable] = there.filter(({ ifindex }) => external.has(ifindex))
  if (usable === undefined) {
    return there.map(({ name }) =>
      fail(
        `${name} has UDP port ${port} and is not in external mode: no other ${type} device can have the port`,
        `ip link del ${name}, or use another port`,
      ),
    )
  }
  return usable.up
    ? []
    : [fail(`tunnel device ${usable.name} is down: it takes nothing in`, `ip link set ${usable.name} up`)]
}

function showDevice({ name, up, tunnel }: rtnl.Link): string {
  const { kind, port, external, udpZeroCsum6Rx } = tunnel ?? { kind: 'no tunnel', external: false }
  return `${name}: ${kind} port ${port ?? 'default'}, ${external ? 'external' : 'not external'}, ${up ? 'up' : 'down'}${udpZeroCsum6Rx ? ', udp6zerocsumrx' : ''}`
}
