import { routeHint } from '../../preflight.js'
import { type Check, fail, outcome, type Problem, skip, warn } from '../check.js'
import type { NodeState, VtepState } from '../state.js'
import { showPf, usedPfs } from '../used.js'
import { pfsUnder } from '../vteps.js'

/** VTEPs: configured where they are said to be, and packets from them leave by their own PF. */
export const vtepChecks: readonly Check[] = [
  {
    id: 'vtep.address',
    title: 'every PF has its VTEP, on its uplink or on top of it',
    looksAt: 'addresses; who names VTEPs: the file, else external_ids of Open vSwitch',
    judge(state) {
      const { vteps } = state
      if (usedPfs(state).length === 0 && vteps.length === 0) return skip('no NIC here is to be looked at')
      const problems = [...vteps.flatMap((vtep) => addressProblems(vtep, state)), ...withoutVtep(state)]
      return outcome(problems, vteps.map(showVtep), vteps.map(({ ip }) => ip).join(', '))
    },
  },
  {
    id: 'vtep.route',
    title: 'packets from each VTEP leave by its own PF',
    looksAt: 'what the kernel answers for a packet from the VTEP to a peer; none is sent',
    judge({ vteps }) {
      const paths = vteps.flatMap((vtep) => vtep.paths)
      if (paths.length === 0) return skip('no peer of a VTEP is known; -f FILE names some')
      const wrong = paths.filter(({ problem }) => problem !== undefined)
      const shown = [...wrong, ...paths.filter(({ problem }) => problem === undefined)].slice(0, SHOWN)
      const evidence = shown.map(
        ({ localIp, remoteIp, device, nextHop, sample, problem }) =>
          `from ${localIp} to ${remoteIp}${sample ? ' (any neighbour)' : ''}: ${problem ?? `by ${device}, next hop ${nextHop}`}`,
      )
      const problems = wrong.map(({ problem = '', localIp }) => fail(problem, routeHint(localIp)))
      return outcome(problems, evidence, `${paths.length} looked up`)
    },
  },
]

/** A cluster has many peers. */
const SHOWN = 10

function showVtep({ ip, by, at, pf }: VtepState): string {
  return `${ip} (${by}): ${at === undefined ? 'not an address of this node' : `on ${at.device}`}, ${pf ?? 'of no PF'}`
}

function addressProblems({ ip, by, pf, wantedDevice, at }: VtepState, state: NodeState): Problem[] {
  const vtep = `VTEP ${ip} (${by})`
  const uplink = state.pfs.find(({ pci }) => pci === pf)?.uplink.name
  if (at === undefined) {
    const fix = `ip address add ${ip}/PREFIX dev ${wantedDevice ?? uplink ?? 'DEVICE'}`
    return [fail(`${vtep} is not an address of this node`, fix)]
  }
  const problems = misplaced(vtep, at.device, wantedDevice, uplink, () =>
    pfsUnder(state, at.device).some(({ pci }) => pci === pf),
  )
  if (at.flags.includes('dadfailed')) {
    const what = `${vtep} is another machine's address too: duplicate address detection failed on ${at.device}`
    problems.push(fail(what, 'give one of the two another address'))
  } else if (at.flags.includes('tentative')) {
    problems.push(warn(`${vtep} can't be used yet: duplicate address detection is under way`, 'wait for it'))
  }
  return problems
}

function misplaced(
  vtep: string,
  device: string,
  wanted: string | undefined,
  uplink: string | undefined,
  isOnTop: () => boolean,
): Problem[] {
  if (wanted !== undefined && wanted !== device)
    return [fail(`${vtep} is on ${device}, not on ${wanted}`, `name the device that has it, or move it to ${wanted}`)]
  if (uplink === undefined || isOnTop()) return []
  // Which way packets take is up to the routes (vtep.route).
  const fix = `move it to ${uplink}, or name it for the PF that ${device} is on`
  return [warn(`${vtep} is on ${device}, which is not on top of ${uplink}, its PF's uplink`, fix)]
}

/** PFs whose VFs would leave by another NIC's VTEP, or by none. */
function withoutVtep(state: NodeState): Problem[] {
  // Where OVN's settings name VTEPs, one for all NICs may be meant.
  const isShared = state.vteps.some(({ by }) => by.startsWith('ovn-'))
  const without = usedPfs(state).filter(({ pci }) => !state.vteps.some(({ pf }) => pf === pci))
  return without.map((pf) => {
    const add = `ip address add VTEP/PREFIX dev ${pf.uplink.name}`
    if (!isShared) return fail(`${showPf(pf)} has no address for a VTEP`, add)
    const keys = `external_ids:ovn-encap-ip and, as ${pf.uplink.name}:VTEP, in ovn-pf-encap-ip-mapping`
    return warn(`${showPf(pf)} has no VTEP: its VFs' packets leave by another NIC`, `${add}; then name it in ${keys}`)
  })
}
