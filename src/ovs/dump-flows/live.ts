import { type ControlOptions, control } from '../unixctl/index.js'

/** Which flows: ovs-appctl's `type=` (ovs-vswitchd(8), dpctl/dump-flows). */
export type FlowType = 'ovs' | 'tc' | 'dpdk' | 'offloaded' | 'non-offloaded' | 'partially-offloaded' | 'all'

export interface DumpOptions extends ControlOptions {
  /** With UFIDs, all masks, layer and offload; true where missing. */
  more?: boolean
  /** Ports by name; with `more` that is the default of Open vSwitch, else their numbers are. */
  names?: boolean
  type?: FlowType
  /** Needed where there are several: see {@link datapaths}. */
  datapath?: string
}

/**
 * The lines of `dpctl/dump-flows`. Open vSwitch's main loop makes the whole dump before it answers, so ask a busy node with care.
 * @throws UnixctlRefusal; NicsteerError as control() does
 */
export function dumpFlows({
  more = true,
  names,
  type,
  datapath,
  ...options
}: DumpOptions = {}): AsyncGenerator<string> {
  const args = [
    ...(more ? ['-m'] : []),
    ...(names === undefined ? [] : [names ? '--names' : '--no-names']),
    ...(datapath === undefined ? [] : [datapath]),
    ...(type === undefined ? [] : [`type=${type}`]),
  ]
  return control('dpctl/dump-flows', args, options)
}

/**
 * Names of the data paths that there are: `system@ovs-system`, `netdev@ovs-netdev`.
 * @throws UnixctlRefusal; NicsteerError as control() does
 */
export async function datapaths(options: ControlOptions = {}): Promise<string[]> {
  const names: string[] = []
  for await (const name of control('dpctl/dump-dps', [], options)) names.push(name)
  return names
}
