// One measure in a process of its own, as one line of JSON: a dump, or the reply that it is in, read as a stream so many times.
//   node build/bench/flows/measure.js parse|print|reply FILE TIMES
import { createReadStream } from 'node:fs'
import { parseDump, printItem } from '../../src/ovs/dump-flows/index.js'
import { linesOf } from '../../src/ovs/lines.js'
import { ReplyDecoder } from '../../src/ovs/unixctl/reply.js'

export interface Measure {
  lines: number
  ms: number
  /** MiB */
  peak: number
}

const [what = '', file = '', times = '1'] = process.argv.slice(2)

async function* chunks(): AsyncGenerator<Buffer> {
  for (let time = 0; time < Number(times); time += 1) yield* createReadStream(file) as AsyncIterable<Buffer>
}

async function* decodedReply(): AsyncGenerator<Buffer> {
  const reply = new ReplyDecoder('dpctl/dump-flows')
  for await (const chunk of chunks()) yield* reply.push(chunk)
  reply.finish()
}

const began = performance.now()
let lines = 0
let printed = 0
for await (const item of parseDump(linesOf(what === 'reply' ? decodedReply() : chunks()))) {
  if (item.kind !== 'flow')
    throw new Error(`line ${item.line} is no flow: ${item.kind === 'error' ? item.error.message : ''}`)
  if (what === 'print') printed += printItem(item).length
  lines += 1
}
if (what === 'print' && printed === 0) throw new Error('nothing was printed')
const measure: Measure = { lines, ms: performance.now() - began, peak: process.resourceUsage().maxRSS / 1024 }
console.log(JSON.stringify(measure))
