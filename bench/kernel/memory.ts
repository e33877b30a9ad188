// In the lab, a process of its own: peak memory, and how long many rules at once hold the event loop at most.
//   node build/bench/kernel/memory.js RULES
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import {
  type DumpOptions,
  deleteFiltersAsync,
  dumpFiltersAsync,
  type FilterRef,
  installFiltersAsync,
} from '../../src/kernel/tc/index.js'
import { encapRule } from './rules.js'
import { Bench } from './setting.js'

/** Longest time between two turns of the event loop, in milliseconds. */
class LoopWatch {
  #longest = 0
  #last = performance.now()
  #stopped = false

  constructor() {
    void this.#watch()
  }

  stop(): number {
    this.#stopped = true
    return this.#longest
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      await setImmediate()
      const now = performance.now()
      this.#longest = Math.max(this.#longest, now - this.#last)
      this.#last = now
    }
  }
}

const WARM_UP = { rounds: 20, rules: 1000 }
const count = Number(process.argv[2])
using bench = new Bench()
const { socket, devices } = bench
const place: DumpOptions = { ifindex: devices.ifindex, parent: 'ingress' }
const rules = Array.from({ length: count }, (_, i) => encapRule(i, devices))

let longestCollection = 0
const observer = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestCollection = Math.max(longestCollection, duration)
})
observer.observe({ entryTypes: ['gc'] })
const held: string[] = []
async function watch<T>(what: string, work: () => Promise<T>): Promise<T> {
  const loop = new LoopWatch()
  longestCollection = 0
  const result = await work()
  const longest = loop.stop()
  // Observers are told on a later turn.
  await setImmediate()
  held.push(`${what} ${longest.toFixed(0)} ms (longest garbage collection: ${longestCollection.toFixed(0)})`)
  return result
}

// As in the other benchmarks, what comes is for code that has run before.
for (let i = 0; i < WARM_UP.rounds; i++) {
  const few = rules.slice(0, WARM_UP.rules)
  await installFiltersAsync(socket, few)
  await deleteFiltersAsync(socket, (await dumpFiltersAsync(socket, place)) as FilterRef[])
}

await watch('installing', () => installFiltersAsync(socket, rules))
const found = await watch('dumping', () => dumpFiltersAsync(socket, place))
await watch('removing', () => deleteFiltersAsync(socket, found as FilterRef[]))

const peak = process.resourceUsage().maxRSS / 1024
console.log(
  `peak RSS with ${count} rules wanted, installed, dumped and removed: ${peak.toFixed(0)} MiB (wanted: < 250)`,
)
console.log(`longest time the event loop was held (wanted: ≤ 50 ms): ${held.join(', ')}`)
