/**
 * Finds a name that stands somewhere in a line's characters without cutting it out: the lines are full of names, and making and hashing
 * a string for each would be much of the work of reading them.
 */
export class Names<T> {
  readonly #slots: (Slot<T> | undefined)[]

  constructor(entries: readonly (readonly [name: string, value: T])[]) {
    this.#slots = withoutCollision(
      entries.map(([name, value]) => ({ name: Uint16Array.from(name, (one) => one.charCodeAt(0)), value })),
    )
  }

  find(codes: Uint16Array, from: number, to: number): T | undefined {
    if (to === from) return undefined
    const slots = this.#slots
    const slot = slots[hash(codes, from, to) & (slots.length - 1)]
    if (slot === undefined) return undefined
    const { name } = slot
    if (name.length !== to - from) return undefined
    for (let at = 0; at < name.length; at += 1) if (name[at] !== codes[from + at]) return undefined
    return slot.value
  }
}

interface Slot<T> {
  name: Uint16Array
  value: T
}

/** Of a name's length and a few of its characters; that is enough to tell the names of one table apart. */
function hash(codes: Uint16Array, from: number, to: number): number {
  const length = to - from
  const first = codes[from] as number
  const middle = codes[from + (length >> 1)] as number
  const nextToLast = codes[length > 1 ? to - 2 : from] as number
  const last = codes[to - 1] as number
  return first * 31 + middle * 7 + nextToLast * 59 + last * 131 + length * 17
}

const MOST_SLOTS = 4096

function withoutCollision<T>(entries: readonly Slot<T>[]): (Slot<T> | undefined)[] {
  for (let size = 8; size <= MOST_SLOTS; size *= 2) {
    const slots = new Array<Slot<T> | undefined>(size).fill(undefined)
    const collides = entries.some((entry) => {
      const at = hash(entry.name, 0, entry.name.length) & (size - 1)
      if (slots[at] !== undefined) return true
      slots[at] = entry
      return false
    })
    if (!collides) return slots
  }
  throw new Error('two names of a table cannot be told apart: their hash needs another character')
}
