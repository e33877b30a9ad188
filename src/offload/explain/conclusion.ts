import type { VerdictWord } from '../verdict.js'
import { type LocalParty, type Party, showParty } from './endpoints.js'
import type { Carrier, Hop } from './hop.js'

/** The truth in one sentence: the first thing that is wrong on the way, and what to do about it; or that nothing is. */
export function conclude(
  sender: LocalParty,
  receiver: Party,
  hops: readonly Hop[],
  carrier: Carrier | undefined,
): string {
  const pair = `${showParty(sender)} -> ${showParty(receiver)}`
  const problem = causeOf(hops)
  if (problem !== undefined) {
    const hint = problem.hint === '' ? '' : ` — ${problem.hint}`
    return `${pair}: ${outcome(carrier)}, because ${problem.text}${hint}`
  }
  if (carrier?.would !== undefined) return `${pair}: not seen yet: ${carrier.would} — send some packets, then ask again`
  const proof =
    carrier?.verdict?.carrying === 'yes'
      ? `${carrier.packets} packets counted there`
      : 'no packet has come yet to prove it'
  return `${pair}: in ${sender.pf.emulated ? '(emulated) ' : ''}hardware, ${wayOut(sender, carrier?.tunnel)}; ${proof}`
}

/** Where packets leave, in words. */
export function wayOut({ pf }: LocalParty, tunnel: Carrier['tunnel']): string {
  if (tunnel === undefined) return `by the switch of ${pf.pci}`
  return `by ${pf.uplink.name} in the tunnel ${tunnel.localIp ?? 'of no set source'} -> ${tunnel.remoteIp}`
}

const OUTCOMES: Readonly<Record<VerdictWord, string>> = {
  hardware: 'in hardware, but not well',
  suspect: 'not carried by hardware, though flagged so',
  software: 'not in hardware',
  fallback: 'not in hardware',
  missing: 'not carried',
  wrong: 'wrong',
  foreign: 'not ours to tell',
}

function outcome(carrier: Carrier | undefined): string {
  if (carrier === undefined) return 'not carried'
  return carrier.verdict === undefined ? 'not seen yet, and not well' : OUTCOMES[carrier.verdict.verdict]
}

/** The first problem on the way; a NIC that is down is why there is no route and no neighbour. */
function causeOf(hops: readonly Hop[]): Hop['problem'] {
  const wrong = hops.filter(({ problem }) => problem !== undefined)
  const nic = wrong.find(({ place }) => place === 'nic')
  const [first] = wrong
  const isEffect = first?.place === 'route' || first?.place === 'neighbour'
  return (isEffect && nic !== undefined ? nic : first)?.problem
}
