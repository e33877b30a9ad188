import { needRoot } from '../../offload/session.js'
import { traceExtack as listen } from '../../offload/trace/trace.js'
import { EXIT } from '../errors.js'
import { type OutputFormat, print } from '../output.js'
import type { TraceItem } from '../report-schema.js'
import { TraceCount, traceHeading, traceItem, traceLine, traceTruth } from '../trace-report.js'

interface Options {
  output: OutputFormat
  seconds?: number
  allNetns?: boolean
}

/** Lines as they come; JSON and YAML are one object, printed when it ends: by --seconds, SIGINT or SIGTERM. */
export async function traceExtack({ output, seconds, allNetns = false }: Options): Promise<number> {
  needRoot('trace extack')
  using trace = listen({ everywhere: allNetns })
  const stop = () => trace.stop()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000)
  console.error(
    trace.source === 'tracepoint'
      ? `listening to texts alone, without their rules: ${trace.why}`
      : 'listening; Ctrl-C ends',
  )
  const count = new TraceCount()
  const items: TraceItem[] = []
  if (output === 'table') console.log(traceHeading)
  for await (const event of trace) {
    count.add(event)
    if (output !== 'table') items.push(traceItem(event))
    else {
      const line = traceLine(event)
      if (line !== undefined) console.log(line)
    }
  }
  clearTimeout(timer)
  const summary = count.summary(trace)
  print({ kind: 'TraceExtack', items, summary: { ...summary } }, output, () => traceTruth(summary))
  return EXIT.ok
}
