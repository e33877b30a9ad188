import type { IpAddress, MacAddress } from '../../base/types.js'
import {
  allActions,
  attributeOf,
  countersOf,
  type Flow,
  inPort,
  itemOf,
  layerOf,
  offloaded,
  offloadReason,
  outputsOf,
  recircId,
  recirculatesTo,
  tunnelMatch,
} from '../../ovs/dump-flows/index.js'
import type { FlowTunnel, SeenFlow } from './seen-flow.js'

interface MaskedMac {
  value: string
  mask?: string | undefined
}

const EXACT = 'ff:ff:ff:ff:ff:ff'
const MULTICAST_BIT = 1

/** What a verdict depends on, of a line of `dpctl/dump-flows`. */
export function see(flow: Flow): SeenFlow {
  const port = inPort(flow)
  const actions = allActions(flow.actions)
  const eth = attributeOf(flow.key, 'eth')?.items ?? []
  const [srcMac, dst] = [exactMac(itemOf(eth, 'src')), destinationOf(flow)]
  const dstMac = exactMac(dst)
  const from = tunnelMatch(flow)
  const outputs = outputsOf(flow)
  const { packets, bytes } = countersOf(flow)
  const zones = actions.flatMap((action) =>
    action.name === 'ct' ? [itemOf(action.items ?? [], 'zone')?.value ?? 0] : [],
  )
  const [isOffloaded, layer, told] = [offloaded(flow), layerOf(flow), offloadReason(flow)]
  return {
    ...(flow.ufid !== undefined && { ufid: flow.ufid }),
    ...(port !== undefined && { inPort: String(port) }),
    recircId: recircId(flow),
    ...(srcMac !== undefined && { srcMac }),
    ...(dstMac !== undefined && { dstMac }),
    multicast: dst !== undefined && isMulticast(dst),
    ...(from !== undefined && {
      from: { ...(from.dst && { localIp: from.dst }), ...(from.src && { remoteIp: from.src }) },
    }),
    tunnels: outputs.flatMap(({ port: device, tunnel }): FlowTunnel[] => {
      if (tunnel?.dst === undefined) return []
      const localIp = known(tunnel.src)
      return [
        { ...(localIp && { localIp }), remoteIp: tunnel.dst, vni: Number(tunnel.id ?? 0n), device: String(device) },
      ]
    }),
    outputs: outputs.map((output) => String(output.port)),
    recirculates: recirculatesTo(flow),
    conntrack: actions.some(({ name }) => name === 'ct'),
    ...(zones.length > 0 && { ctZones: [...new Set(zones)] }),
    slowPath: actions.some(({ name }) => name === 'userspace'),
    ...(isOffloaded !== 'no' && { offloaded: isOffloaded }),
    ...(layer !== undefined && { layer }),
    packets: Number(packets),
    bytes: Number(bytes),
    ...(told !== undefined && { told }),
  }
}

/** The MAC that packets leave with: the last one that an action sets, else the one that the flow matches. */
function destinationOf({ key, actions }: Flow): MaskedMac | undefined {
  const set = allActions(actions).flatMap((action) =>
    action.name === 'set' && action.to.name === 'eth' ? (itemOf(action.to.items, 'dst') ?? []) : [],
  )
  return set.at(-1) ?? itemOf(attributeOf(key, 'eth')?.items ?? [], 'dst')
}

function exactMac(mac: MaskedMac | undefined): MacAddress | undefined {
  const { value, mask = EXACT } = mac ?? {}
  return value !== undefined && mask === EXACT ? (value as MacAddress) : undefined
}

function isMulticast({ value, mask = EXACT }: MaskedMac): boolean {
  const first = (mac: string) => Number.parseInt(mac.slice(0, 2), 16)
  return (first(value) & first(mask) & MULTICAST_BIT) !== 0
}

/** Where no local_ip is set, TC shows 0.0.0.0. */
function known(ip: IpAddress | undefined): IpAddress | undefined {
  return ip === '0.0.0.0' || ip === '::' ? undefined : ip
}
