// In the lab, a process of its own: peak memory, and how long a chunked batch holds the event loop at most.
//   node build/bench/kernel/memory.js RULES
import { deleteFilters, dumpFilters, type FilterRef, installFiltersChunked } from '../../src/kernel/tc/index.js'
import { encapRule } from './rules.js'
import { Bench } from './setting.js'

/** Longest time between two turns of the event loop, in milliseconds. */
class LoopWatch {
  #longest = 0
  #last = performance.now()
  #next = setImmediate(() => this.#turn())

  stop(): number {
    clearImmediate(this.#next)
    return this.#longest
  }

  #turn(): void {
    const now = performance.now()
    this.#longest = Math.max(this.#longest, now - this.#last)
    this.#last = now
    this.#next = setImmediate(() => this.#turn())
  }
}

const count = Number(process.argv[2])
using bench = new Bench()
const { socket, devices } = bench
const rules = Array.from({ length: count }, (_, i) => encapRule(i, devices))
const watch = new LoopWatch()
await installFiltersChunked(socket, rules)
const longest = watch.stop()
const found = dumpFilters(socket, { ifindex: devices.ifindex, parent: 'ingress' })
deleteFilters(socket, found as FilterRef[])
const peak = process.resourceUsage().maxRSS / 1024
console.log(
  `peak RSS with ${count} rules wanted, installed, dumped and removed: ${peak.toFixed(0)} MiB (wanted: < 250)`,
)
console.log(
  `longest time a chunked install of ${count} rules held the event loop: ${longest.toFixed(0)} ms (wanted: ≤ 50)`,
)
