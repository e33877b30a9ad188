import { NicsteerError } from '../../base/errors.js'
import type { Transcript } from '../../base/transcript.js'
import { rtnl } from '../../kernel/index.js'
import { discover } from '../../node/topology.js'
import { dumpFlows } from '../../ovs/dump-flows/index.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { complete } from '../complete.js'
import { gatherState } from '../doctor/gather.js'
import { readNames } from '../explain/names.js'
import { flowFacts, judgeDump } from '../flows/read.js'
import { Spool } from '../flows/spool.js'
import { plan } from '../plan.js'
import { listRules } from '../rules/list.js'
import { knowBridges, Session } from '../session.js'
import { verify } from '../verify.js'
import type { About } from './bundle.js'

/** Nobody is asked for what isn't there. */
function hasOvs({ route }: Session): boolean {
  return rtnl.listLinks(route).some(({ kind, slaveKind }) => kind === 'openvswitch' || slaveKind === 'openvswitch')
}

/** Judged too: routes and connections are asked for as flows need them. */
async function readFlows(session: Session, file?: LoadedSteering): Promise<void> {
  if (!hasOvs(session)) return
  using spool = await Spool.of(dumpFlows())
  for await (const _ of judgeDump(spool, await flowFacts(session, file))) {
  }
}

type Reading = (session: Session) => unknown

/**
 * Has every command that reads ask what it asks, into the transcript in use. What one of them cannot read, the others may.
 * @param seconds how long traffic is watched
 * @returns what could not be read
 */
export async function readEverything(
  transcript: Transcript,
  file: LoadedSteering | undefined,
  seconds: number,
): Promise<About['problems']> {
  const problems: About['problems'] = []
  for (const [what, read] of Object.entries({ ...ofTheNode(seconds), ...(file && ofTheFile(file, seconds)) })) {
    // All begin at the same moment, so that they speak of the same state.
    transcript.firstMoment()
    try {
      using session = new Session()
      await knowBridges(session)
      await read(session)
    } catch (error) {
      if (!(error instanceof NicsteerError)) throw error
      problems.push({ what, why: `${error.code}: ${error.message}` })
    }
  }
  return problems
}

/** First with a pause, so that the later moments are those after it. */
function ofTheNode(seconds: number): Record<string, Reading> {
  return {
    'verify --ovs --observe': async (session) => {
      await verify(session, undefined, { observeSeconds: seconds })
      await readFlows(session)
    },
    'verify --ovs': async (session) => {
      await verify(session, undefined)
      await readFlows(session)
    },
    topology: ({ route, generic }) => discover(route, generic),
    rules: (session) => listRules(session),
    doctor: (session) => gatherState(session),
    flows: (session) => readFlows(session),
    'explain, names': ({ route, generic }) => readNames(discover(route, generic)),
  }
}

function ofTheFile(file: LoadedSteering, seconds: number): Record<string, Reading> {
  return {
    'verify --ovs --observe of the file': async (session) => {
      const steering = await complete(session, file)
      await verify(session, steering, { observeSeconds: seconds })
      await readFlows(session, steering)
    },
    'verify --ovs of the file': async (session) => {
      const steering = await complete(session, file)
      await verify(session, steering)
      await readFlows(session, steering)
    },
    'flows of the file': async (session) => readFlows(session, await complete(session, file)),
    'plan of the file': async (session) => plan(session, await complete(session, file)),
    'doctor of the file': (session) => gatherState(session, { file }),
  }
}
