import { accessSync, constants, statSync } from 'node:fs'
import { NicsteerError } from '../../base/errors.js'
import { complete } from '../../offload/complete.js'
import { NO_FACTS } from '../../offload/flows/facts.js'
import { judgeFlows } from '../../offload/flows/live.js'
import { observeRules } from '../../offload/flows/moved.js'
import { type DumpSource, type JudgedItem, judgeDump } from '../../offload/flows/read.js'
import { dumpFile, Spool } from '../../offload/flows/spool.js'
import { knowBridges, needRoot, Session } from '../../offload/session.js'
import { linesOf } from '../../ovs/lines.js'
import { EXIT, errorLine } from '../errors.js'
import { type FlowFilter, isAsked } from '../flow-filter.js'
import { FlowReport } from '../flows-report.js'
import { readSteering } from '../steering-file.js'

export type FlowFormat = 'table' | 'json' | 'yaml' | 'dump'

/** Where the flows are from. */
interface Source {
  /** A saved dump; `-` is standard input. */
  file?: string
  steering?: string
  /** Seconds between two readings of the rules. */
  observe?: number
}

interface Options extends FlowFilter, Source {
  output: FlowFormat
}

export async function flows({ output, ...options }: Options): Promise<number> {
  const report = new FlowReport(output)
  let bad = false
  for await (const one of read(options)) {
    if (one.item.kind === 'error') {
      const { line, error } = one.item
      const { code, message, hint } = error
      const where = { file: options.file ?? 'dpctl/dump-flows', line, ...(hint !== undefined && { hint }) }
      console.error(errorLine(new NicsteerError(code, message, where)))
      bad = true
    }
    if (isAsked(one, options)) report.add(one)
  }
  report.end()
  return bad ? EXIT.failed : EXIT.ok
}

async function* read({ file, steering, observe }: Source): AsyncGenerator<JudgedItem> {
  if (file !== undefined && observe !== undefined) {
    throw new NicsteerError('USAGE', '--observe looks twice at this node, --file is of one moment', {
      hint: 'nicsteer flows --help',
    })
  }
  if (file !== undefined && file !== '-') yield* judgeDump(saved(file), NO_FACTS)
  else if (file === '-') {
    using spool = await Spool.of(linesOf(process.stdin))
    yield* judgeDump(spool, NO_FACTS)
  } else {
    needRoot('flows')
    const loaded = steering === undefined ? undefined : readSteering(steering)
    using session = new Session()
    await knowBridges(session)
    const completed = loaded && (await complete(session, loaded))
    const earlier = observe === undefined ? undefined : await observeRules(session, observe)
    yield* judgeFlows(session, completed, earlier && { earlier })
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
