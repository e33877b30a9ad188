// In the lab: the same rules installed by one worker thread, and by two with half of them and a socket each.
//   node build/bench/kernel/workers.js RULES RUNS
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { NetlinkSocket } from '../../src/kernel/netlink/socket.js'
import { installFilters } from '../../src/kernel/tc/index.js'
import { sampleOf, seconds } from '../statistics.js'
import { type Devices, encapRule } from './rules.js'
import { Bench } from './setting.js'

interface Part {
  devices: Devices
  from: number
  to: number
}

if (isMainThread) await compare()
else work(workerData as Part)

async function compare(): Promise<void> {
  const [count = 100_000, runs = 5] = process.argv.slice(2).map(Number)
  using bench = new Bench()
  const figures = { 1: [] as number[], 2: [] as number[] }
  for (let run = 0; run < runs; run++) {
    for (const workers of [1, 2] as const) {
      bench.clear()
      figures[workers].push(await install(bench.devices, count, workers))
    }
  }
  const [one, two] = [sampleOf(figures[1]), sampleOf(figures[2])]
  console.log(`${count} rules by one worker: ${seconds(one)} s, by two workers: ${seconds(two)} s`)
  console.log(`two workers are ${(one.median / two.median).toFixed(2)} times as fast`)
}

/** Milliseconds; making the rules and starting the threads isn't in them. */
async function install(devices: Devices, count: number, workers: number): Promise<number> {
  const threads = Array.from({ length: workers }, (_, i) => {
    const part: Part = { devices, from: Math.floor((count * i) / workers), to: Math.floor((count * (i + 1)) / workers) }
    return new Worker(fileURLToPath(import.meta.url), { workerData: part })
  })
  await Promise.all(threads.map((thread) => once(thread, 'message')))
  const done = Promise.all(threads.map((thread) => once(thread, 'message')))
  const began = performance.now()
  for (const thread of threads) thread.postMessage('go')
  await done
  const took = performance.now() - began
  await Promise.all(threads.map((thread) => thread.terminate()))
  return took
}

function work({ devices, from, to }: Part): void {
  const socket = NetlinkSocket.open('route')
  const rules = Array.from({ length: to - from }, (_, i) => encapRule(from + i, devices))
  parentPort?.once('message', () => {
    const failed = installFilters(socket, rules).find(({ error }) => error !== undefined)
    if (failed?.error !== undefined) throw failed.error
    socket[Symbol.dispose]()
    parentPort?.postMessage('done')
  })
  parentPort?.postMessage('ready')
}
