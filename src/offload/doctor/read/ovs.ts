import { NicsteerError } from '../../../base/errors.js'
import type { rtnl } from '../../../kernel/index.js'
import { type OvsFacts, readOvsFacts } from '../../../ovs/facts.js'
import type { Read } from '../state.js'

/**
 * The local Open vSwitch; undefined where there is none: nobody has made its socket, and the kernel has none of its devices.
 * @param address of its database
 */
export async function readOvs(address: string, links: readonly rtnl.Link[]): Promise<Read<OvsFacts> | undefined> {
  try {
    return { value: await readOvsFacts(address) }
  } catch (error) {
    if (!(error instanceof NicsteerError)) throw error
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
    const hasDevices = links.some(({ kind, slaveKind }) => kind === 'openvswitch' || slaveKind === 'openvswitch')
    return code === 'ENOENT' && !hasDevices ? undefined : { unknown: error.message }
  }
}
