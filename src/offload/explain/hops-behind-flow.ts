import { pfsOf } from '../../node/topology.js'
import type { Desired } from '../desired.js'
import type { JudgedFlow } from '../flows/judge.js'
import { showParty } from './endpoints.js'
import type { Hop } from './hop.js'
import type { FlowsSeen } from './hops-of-flow.js'
import { hopOfNeighbourVf, neighbourHop, nicHop, routeHop } from './hops-of-path.js'

/** Straight to the representor of another NIC's VF. */
export function crossesNics({ sender, receiver }: FlowsSeen, { flow }: JudgedFlow): boolean {
  if (receiver.kind !== 'local' || receiver.id.pf === sender.id.pf) return false
  return flow.tunnels.length === 0 && flow.outputs.includes(receiver.vf.representor?.name ?? '')
}

/** Behind the last flow, by what it does. */
export function hopsBehind(seen: FlowsSeen, judged: JudgedFlow): Hop[] {
  const { topology, wanted, flows, sender, receiver } = seen
  const [tunnel] = judged.flow.tunnels
  if (tunnel === undefined) return hopsOutOf(seen, judged)
  const { localIp, remoteIp, device } = tunnel
  const owner = judged.owner
  const source = localIp ?? owner?.localIp
  const path = owner && source && flows.facts.pathOf({ localIp: source, remoteIp }, owner)
  const by = receiver.by === undefined ? '' : `, known by ${receiver.by}`
  return [
    tunnelHop(judged, tunnel),
    ...deviceHop(device, wanted),
    ...(path === undefined ? [] : [routeHop(path, wanted, sender), ...neighbourHop(path)]),
    nicHop(sender.pf, topology),
    { place: 'remote', found: `${showParty(receiver)}, behind ${remoteIp}${by}` },
  ]
}

function tunnelHop(
  { expectedLocalIp, expectedRemoteIps, owner, reason }: JudgedFlow,
  { localIp, remoteIp, vni }: JudgedFlow['flow']['tunnels'][number],
): Hop {
  const wanted = expectedLocalIp === undefined ? 'not known' : `${expectedLocalIp}`
  const remotes = expectedRemoteIps === undefined ? '' : `; remote_ip expected: ${expectedRemoteIps.join(' or ')}`
  const found = `${localIp ?? 'source by the route'} -> ${remoteIp}, VNI ${vni}; local_ip expected: ${wanted} (${owner?.why})${remotes}`
  if (reason?.code !== 'WRONG_LOCAL_IP' && reason?.code !== 'WRONG_REMOTE_IP') return { place: 'tunnel', found }
  return { place: 'tunnel', found, problem: { text: reason.text ?? reason.code, hint: reason.hint, reason } }
}

function deviceHop(name: string | undefined, { links }: Desired): Hop[] {
  const device = links.find((link) => link.name === name)
  if (device === undefined) return []
  const found = `${device.name}, ${device.up ? 'up' : 'down'}, Open vSwitch's`
  if (device.up) return [{ place: 'tunnel device', found }]
  const problem = {
    text: `tunnel device ${device.name} is down: what comes back is lost`,
    hint: `ip link set ${device.name} up`,
  }
  return [{ place: 'tunnel device', found, problem }]
}

/** Without a tunnel: to the other VF, or to whatever port it is. */
function hopsOutOf(seen: FlowsSeen, judged: JudgedFlow): Hop[] {
  const { topology, sender, receiver } = seen
  const { outputs } = judged.flow
  const out = outputs.join(', ')
  if (receiver.kind === 'remote') {
    const uplink = pfsOf(topology).find((pf) => outputs.includes(pf.uplink.name))
    const remote: Hop = { place: 'remote', found: `${showParty(receiver)}, out of ${out}, in no tunnel` }
    return uplink === undefined ? [remote] : [nicHop(uplink, topology), remote]
  }
  const [remote] = hopOfNeighbourVf(sender, receiver)
  if (remote === undefined) return []
  if (!outputs.includes(receiver.vf.representor?.name ?? '')) {
    const text = `Open vSwitch sends it out of ${out}, not of ${receiver.vf.representor?.name ?? 'a representor'}`
    return [{ ...remote, problem: { text, hint: 'ovs-appctl fdb/show BRIDGE, ovs-ofctl dump-flows BRIDGE' } }]
  }
  if (!crossesNics(seen, judged) || judged.verdict === 'hardware') return [remote]
  const text = `Open vSwitch hands packets from one NIC's switch to the other's in software: no hardware can do that`
  const hint =
    'a tunnel between the two NICs can be in hardware: nicsteer plan -f FILE, with both in one network (spec.crossPlane)'
  return [{ ...remote, problem: { text, hint } }]
}
