import { tunnelsOf } from '../../steering/rule.js'
import type { JudgedRule } from '../verify.js'
import { type LocalParty, type Party, showParty } from './endpoints.js'
import type { Hop } from './hop.js'

/** The truth in one sentence: the first thing that is wrong on the way, and what to do about it; or that nothing is. */
export function conclude(
  sender: LocalParty,
  receiver: Party,
  hops: readonly Hop[],
  carrier: JudgedRule | undefined,
): string {
  const pair = `${showParty(sender)} -> ${showParty(receiver)}`
  const problem = causeOf(hops)
  if (problem !== undefined) {
    const hint = problem.hint === '' ? '' : ` — ${problem.hint}`
    return `${pair}: ${outcome(carrier)}, because ${problem.text}${hint}`
  }
  const [tunnel] = carrier === undefined ? [] : tunnelsOf(carrier.rule)
  const way =
    tunnel === undefined
      ? `by the switch of ${sender.pf.pci}`
      : `by ${sender.pf.uplink.name} in the tunnel ${tunnel.localIp} -> ${tunnel.remoteIp}`
  const proof =
    carrier?.carrying === 'yes'
      ? `${carrier.hardware.packets} packets counted there`
      : 'no packet has come yet to prove it'
  return `${pair}: in ${sender.pf.emulated ? '(emulated) ' : ''}hardware, ${way}; ${proof}`
}

function outcome(carrier: JudgedRule | undefined): string {
  if (carrier === undefined) return 'not carried'
  const words: Readonly<Record<JudgedRule['verdict'], string>> = {
    hardware: 'in hardware, but not well',
    suspect: 'not carried by hardware, though flagged so',
    software: 'not in hardware',
    fallback: 'not in hardware',
    missing: 'not carried',
    wrong: 'wrong',
    foreign: 'not ours to tell',
  }
  return words[carrier.verdict]
}

/** The first problem on the way; a NIC that is down is why there is no route and no neighbour. */
function causeOf(hops: readonly Hop[]): Hop['problem'] {
  const wrong = hops.filter(({ problem }) => problem !== undefined)
  const nic = wrong.find(({ place }) => place === 'nic')
  const [first] = wrong
  const isEffect = first?.place === 'route' || first?.place === 'neighbour'
  return (isEffect && nic !== undefined ? nic : first)?.problem
}
