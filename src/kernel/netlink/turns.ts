import { setImmediate } from 'node:timers/promises'

/** So many that giving way doesn't count, so few that nobody waits long. */
const A_TURN = 1024

/** As `items.map(…)`, for very many: lets the event loop turn every now and then. */
export async function mapInTurns<T, R>(items: readonly T[], map: (item: T, index: number) => R): Promise<R[]> {
  const results: R[] = []
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % A_TURN === 0) await setImmediate()
    results.push(map(item, index))
  }
  return results
}
