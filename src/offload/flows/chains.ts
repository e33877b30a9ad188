import type { SeenFlow } from './seen-flow.js'

interface Count {
  inHardware: number
  others: number
}

/**
 * Which chains of flows, joined by their recirculation ids, are in hardware: packets of a flow whose next chain isn't there come back to
 * software, and a flow whose chain before isn't there never sees a packet in hardware.
 */
export class Chains {
  readonly #flowsOf = new Map<number, Count>()
  readonly #leadingTo = new Map<number, Count>()

  add({ recircId, recirculates }: SeenFlow, inHardware: boolean): void {
    if (recircId !== 0) count(this.#flowsOf, recircId, inHardware)
    for (const next of recirculates) count(this.#leadingTo, next, inHardware)
  }

  /** The first chain behind a flow of which some flow is not in hardware. */
  brokenBehind({ recirculates }: SeenFlow): number | undefined {
    return recirculates.find((next) => (this.#flowsOf.get(next)?.others ?? 0) > 0)
  }

  /** True where no flow that leads to this one is in hardware. */
  brokenBefore({ recircId }: SeenFlow): boolean {
    const before = this.#leadingTo.get(recircId)
    return before !== undefined && before.inHardware === 0
  }
}

function count(counts: Map<number, Count>, id: number, inHardware: boolean): void {
  const one = counts.get(id) ?? { inHardware: 0, others: 0 }
  if (inHardware) one.inHardware += 1
  else one.others += 1
  counts.set(id, one)
}
