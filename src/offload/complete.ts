import { discover, pfsOf } from '../node/topology.js'
import { completeSteering, needsOvs } from '../ovs/source.js'
import type { LoadedSteering } from '../steering/spec/load.js'
import type { Session } from './session.js'

/**
 * Reads what the file leaves to this node's Open vSwitch and to OVN; a file that says everything stays as it is.
 * @throws NicsteerError with file and line, as ovs/source.ts completeSteering
 */
export async function complete(session: Session, file: LoadedSteering): Promise<LoadedSteering> {
  if (!needsOvs(file)) return file
  const vfs = pfsOf(discover(session.route, session.generic)).flatMap((pf) => pf.vfs)
  return completeSteering(file, new Set(vfs.flatMap(({ representor }) => representor?.name ?? [])))
}
