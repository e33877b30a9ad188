import { dumpFlows } from '../../ovs/dump-flows/index.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import type { Session } from '../session.js'
import { type FlowOptions, flowFacts } from './facts.js'
import { type JudgedItem, judgeDump } from './read.js'
import { Spool } from './spool.js'

/**
 * The flows of this node's Open vSwitch, each line with its verdict.
 * @throws as dumpFlows and flowFacts
 */
export async function* judgeFlows(
  session: Session,
  file: LoadedSteering | undefined,
  options: FlowOptions = {},
): AsyncGenerator<JudgedItem> {
  using spool = await Spool.of(dumpFlows())
  yield* judgeDump(spool, await flowFacts(session, file, options))
}
