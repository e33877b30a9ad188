import { ipFamily } from '../../base/types.js'
import type { Topology } from '../../node/facts.js'
import { showVf } from '../../steering/model.js'
import type { Desired } from '../desired.js'
import type { TunnelPath } from '../preflight.js'
import type { LocalParty, Party } from './endpoints.js'
import type { Hop } from './hop.js'

export function routeHop(path: TunnelPath, { findings }: Desired, { id }: LocalParty): Hop {
  const { localIp, remoteIp, device, nextHop, mtu, problem } = path
  const asked = `ip ${ipFamily(localIp) === 6 ? '-6 ' : ''}route get ${remoteIp} from ${localIp}`
  if (problem !== undefined) {
    return {
      place: 'route',
      found: asked,
      problem: { text: problem, hint: `give ${localIp} a route of its own by the VF's PF: nicsteer doctor; ${asked}` },
    }
  }
  const long = findings.find(({ code, text }) => code === 'MTU_TOO_SMALL' && text.startsWith(`${showVf(id)} `))
  return {
    place: 'route',
    found: `${asked}: by ${device}, next hop ${nextHop}, MTU ${mtu ?? 'unknown'}`,
    ...(long !== undefined && {
      problem: { text: long.text, hint: long.hint, reason: { code: long.code, hint: long.hint, source: 'evidence' } },
    }),
  }
}

export function neighbourHop({ nextHop, device, neighbour, problem }: TunnelPath): Hop[] {
  if (problem !== undefined || nextHop === undefined) return []
  const found = `${nextHop} on ${device}: ${neighbour}`
  if (neighbour === 'valid') return [{ place: 'neighbour', found }]
  const text = `${nextHop} does not answer on ${device}, so hardware has no outer MAC address for it`
  return [
    {
      place: 'neighbour',
      found,
      problem: {
        text,
        hint: `see whether it is up and reachable: ip neighbour show ${nextHop}; ping -I ${device} ${nextHop}`,
      },
    },
  ]
}

export function nicHop({ pci, uplink }: LocalParty['pf'], { nics }: Topology): Hop {
  const card = nics.find(({ pfs }) => pfs.some((pf) => pf.pci === pci))
  const found = `${pci}, uplink ${uplink.name}, ${uplink.up ? 'up' : 'down'}, ${uplink.carrier ? 'carrier' : 'no carrier'}, switch ${card?.switchId}`
  if (!uplink.up)
    return {
      place: 'nic',
      found,
      problem: { text: `uplink ${uplink.name} is down`, hint: `ip link set ${uplink.name} up` },
    }
  if (uplink.carrier) return { place: 'nic', found }
  return {
    place: 'nic',
    found,
    problem: { text: `uplink ${uplink.name} has no carrier`, hint: 'check the cable and the switch port' },
  }
}

/** A packet that goes from switch port to switch port. */
export function hopOfNeighbourVf({ id }: LocalParty, receiver: Party): Hop[] {
  if (receiver.kind !== 'local') return []
  const { representor } = receiver.vf
  const whose = receiver.id.pf === id.pf ? 'the same PF' : 'another PF'
  const found = `${showVf(receiver.id)} of ${whose}, representor ${representor?.name ?? 'none'}`
  if (representor?.up !== false) return [{ place: 'remote', found }]
  const problem = { text: `representor ${representor.name} is down`, hint: `ip link set ${representor.name} up` }
  return [{ place: 'remote', found, problem }]
}
