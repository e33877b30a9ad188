import { setImmediate } from 'node:timers/promises'

/** So many that giving way doesn't count, so few that nobody waits long. */
const A_TURN = 1024

/** As `items.map(…)`, for very many: lets the event loop turn every now and then. */
export async function mapInTurns<T, R>(items: readonly T[], map: (item: T, index: number) => R): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += A_TURN) {
    if (at > 0) await setImmediate()
    mapRange(items, at, map, results)
  }
  return results
}

/** Apart, because the engine optimises a plain function better than one that awaits. */
function mapRange<T, R>(items: readonly T[], from: number, map: (item: T, index: number) => R, results: R[]): void {
  const end = Math.min(from + A_TURN, items.length)
  for (let i = from; i < end; i++) results.push(map(items[i] as T, i))
}
