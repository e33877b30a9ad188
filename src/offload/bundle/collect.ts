import { NicsteerError } from '../../base/errors.js'
import type { Transcript } from '../../base/transcript.js'
import { rtnl } from '../../kernel/index.js'
import { discover } from '../../node/topology.js'
import type { LoadedSteering } from '../../steering/spec/load.js'
import { complete } from '../complete.js'
import { gatherState } from '../doctor/gather.js'
import { readNames } from '../explain/names.js'
import type { FlowOptions } from '../flows/facts.js'
import { judgeFlows } from '../flows/live.js'
import { observeRules, readEarlier } from '../flows/moved.js'
import { plan } from '../plan.js'
import { listRules } from '../rules/list.js'
import { knowBridges, Session } from '../session.js'
import { verify } from '../verify.js'
import type { About } from './bundle.js'

/** Nobody is asked for what isn't there. */
function hasOvs({ route }: Session): boolean {
  return rtnl.listLinks(route).some(({ kind, slaveKind }) => kind === 'openvswitch' || slaveKind === 'openvswitch')
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

/** What the flows are judged by is asked while they are. */
async function readFlows(session: Session, file: LoadedSteering | undefined, options?: FlowOptions): Promise<void> {
  if (!hasOvs(session)) return
  for await (const _ of judgeFlows(session, file, options)) {
  }
}

/**
 * What speaks of rules and flows: of the first moment first; then with a pause, so that the later moments are those after it.
 * @param read the steering file, if there is one
 */
function ofRules(
  seconds: number,
  suffix: string,
  read: (session: Session) => Promise<LoadedSteering | undefined>,
): Record<string, Reading> {
  return {
    [`flows${suffix}`]: async (session) => readFlows(session, await read(session)),
    [`verify --ovs --observe${suffix}`]: async (session) => {
      const file = await read(session)
      const earlier = readEarlier(session, seconds)
      await verify(session, file, { observeSeconds: seconds })
      await readFlows(session, file, { earlier })
    },
    [`verify --ovs${suffix}`]: async (session) => {
      const file = await read(session)
      await verify(session, file)
      await readFlows(session, file)
    },
    [`flows --observe${suffix}`]: async (session) => {
      const file = await read(session)
      await readFlows(session, file, { earlier: await observeRules(session, seconds) })
    },
  }
}

function ofTheNode(seconds: number): Record<string, Reading> {
  return {
    ...ofRules(seconds, '', async () => undefined),
    topology: ({ route, generic }) => discover(route, generic),
    rules: (session) => listRules(session),
    doctor: (session) => gatherState(session),
    'explain, names': ({ route, generic }) => readNames(discover(route, generic)),
  }
}

function ofTheFile(file: LoadedSteering, seconds: number): Record<string, Reading> {
  return {
    ...ofRules(seconds, ' of the file', (session) => complete(session, file)),
    'plan of the file': async (session) => plan(session, await complete(session, file)),
    'doctor of the file': (session) => gatherState(session, { file }),
  }
}
