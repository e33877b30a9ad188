/** What is logged to the file, by module: `DBG`. @param lines of the answer to `vlog/list` (lib/vlog.c vlog_get_levels) */
export function fileLevels(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const [, module, level] = /^(\w+)\s+\w+\s+\w+\s+(\w+)/.exec(line) ?? []
      return module === undefined || level === undefined ? [] : [[module, level] as const]
    }),
  )
}

/** Who says that a flow was not offloaded, and who says why: until 3.6 and since 3.7. */
export const SPEAKERS = [
  { failed: 'dpif_netlink', why: 'netdev_offload_tc' },
  { failed: 'dpif_offload_tc', why: 'dpif_offload_tc_netdev' },
] as const
/** Says what the kernel answered. */
export const NETLINK = 'netlink_socket'

/** All that is needed to know why a flow was refused is logged. */
export function tellsRefusals(levels: ReadonlyMap<string, string>): boolean {
  const told = (module: string) => levels.get(module) === 'DBG'
  return told(NETLINK) && SPEAKERS.some(({ failed, why }) => told(failed) && told(why))
}

const MODULES = [SPEAKERS[0].failed, SPEAKERS[0].why, NETLINK]
/** Has them logged from then on, and no line left out: netlink_socket speaks of every message, and reaches its limit within seconds. */
export const SWITCH_ON = [
  `ovs-appctl vlog/disable-rate-limit ${MODULES.join(' ')}`,
  `ovs-appctl vlog/set ${MODULES.map((module) => `${module}:file:dbg`).join(' ')}`,
].join(' && ')
