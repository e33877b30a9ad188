import { accessSync, constants, statSync } from 'node:fs'
import { NicsteerError } from '../../base/errors.js'
import { complete } from '../../offload/complete.js'
import { type DumpSource, flowFacts, type JudgedItem, judgeDump, NO_FACTS } from '../../offload/flows/read.js'
import { dumpFile, Spool } from '../../offload/flows/spool.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { dumpFlows } from '../../ovs/dump-flows/index.js'
import { linesOf } from '../../ovs/lines.js'
import { EXIT, errorLine } from '../errors.js'
import { type FlowFilter, isAsked } from '../flow-filter.js'
import { FlowReport } from '../flows-report.js'
import { readSteering } from '../steering-file.js'

export type FlowFormat = 'table' | 'json' | 'yaml' | 'dump'

interface Options extends FlowFilter {
  output: FlowFormat
  /** A saved dump; `-` is standard input. */
  file?: string
  steering?: string
}

export async function flows({ output, file, steering, ...filter }: Options): Promise<number> {
  const report = new FlowReport(output)
  let bad = false
  for await (const one of read(file, steering)) {
    if (one.item.kind === 'error') {
      const { line, error } = one.item
      const { code, message, hint } = error
      const where = { file: file ?? 'dpctl/dump-flows', line, ...(hint !== undefined && { hint }) }
      console.error(errorLine(new NicsteerError(code, message, where)))
      bad = true
    }
    if (isAsked(one, filter)) report.add(one)
  }
  report.end()
  return bad ? EXIT.failed : EXIT.ok
}

async function* read(file: string | undefined, steering: string | undefined): AsyncGenerator<JudgedItem> {
  if (file !== undefined && file !== '-') yield* judgeDump(saved(file), NO_FACTS)
  else if (file === '-') {
    using spool = await Spool.of(linesOf(process.stdin))
    yield* judgeDump(spool, NO_FACTS)
  } else {
    needRoot('flows')
    const loaded = steering === undefined ? undefined : readSteering(steering)
    using session = new Session()
    await knowBridges(session)
    using spool = await Spool.of(dumpFlows())
    yield* judgeDump(spool, await flowFacts(session, loaded && (await complete(session, loaded))))
  }
}

/** @throws NicsteerError NO_FILE */
function saved(file: string): DumpSource {
  try {
    accessSync(file, constants.R_OK)
    if (!statSync(file).isDirectory()) return dumpFile(file)
  } catch (error) {
    throw noFile(file, (error as NodeJS.ErrnoException).code ?? 'unreadable', error)
  }
  throw noFile(file, 'it is a folder')
}

function noFile(file: string, why: string, cause?: unknown): NicsteerError {
  return new NicsteerError('NO_FILE', `${file}: ${why}`, {
    hint: 'give what ovs-appctl dpctl/dump-flows -m printed, or - for standard input',
    cause,
  })
}
