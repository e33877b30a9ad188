import { ipFamily } from '../../base/types.js'
import { entryOf, type ReasonCode } from './catalogue/index.js'
import type { Reason } from './reason.js'
import type { SilentRefusal, TunnelUse } from './silent-refusal.js'

interface Cause {
  code: ReasonCode
  /** What was seen, in one line. */
  seen?: string | undefined
}

type Look = (refusal: SilentRefusal) => Cause | undefined

/** The only UDP port that mlx5 takes for GENEVE (en/tc_tun_geneve.c mlx5e_tc_tun_check_udp_dport_geneve). */
const GENEVE_PORT = 6081
const MLX5 = 'mlx5_core'
/** Drivers that take a rule whose next hop isn't known yet: it is never why they refuse one (en/tc_tun_encap.c mlx5e_attach_encap). */
const TAKE_UNRESOLVED = new Set([MLX5, 'simnic'])

/** What keeps every rule of that device, mode or kernel out of hardware comes first, what only this rule meets last. */
const LOOKS: readonly Look[] = [
  ({ on }) =>
    on?.parent === 'egress' && on.role !== 'internal-port'
      ? { code: 'EGRESS_NOT_OFFLOADED', seen: `it is on the egress of ${on.name}` }
      : undefined,
  ({ on }) => (on?.skipSw && on.role === 'tunnel' ? { code: 'SKIP_SW_ON_TUNNEL' } : undefined),
  ({ eswitchMode }) => (eswitchMode === 'legacy' ? { code: 'LEGACY_MODE' } : undefined),
  kernelOptions,
  offloadSwitch,
  ({ errno }) => (errno === undefined ? undefined : byErrno(errno)),
  route,
  ({ errno }) => (errno === 'ENETUNREACH' ? { code: 'NO_ROUTE' } : undefined),
  ({ encapMode, tunnel }) => (encapMode === 'none' && tunnel !== undefined ? { code: 'ENCAP_MODE_NONE' } : undefined),
  notBound,
  ({ tunnel }) => tunnelMatch(tunnel),
  ({ driver, tunnel }) =>
    driver === MLX5 && tunnel?.matchesFlags ? { code: 'ENC_FLAGS_MATCH', seen: 'it matches enc_flags' } : undefined,
  neighbour,
]

/** Of a rule that was refused without a word: what the evidence tells, or what it leaves open. */
export function reasonWithoutText(refusal: SilentRefusal): Reason {
  for (const look of LOOKS) {
    const cause = look(refusal)
    if (cause !== undefined) {
      const { code, seen } = cause
      const { todo } = entryOf(code)
      return { code, hint: seen === undefined ? todo : `${seen}; ${todo}`, source: 'evidence' }
    }
  }
  return { code: 'NO_TEXT', hint: notRuledOut(refusal), source: 'evidence' }
}

/**
 * Which of the refusals that TUNNEL_MATCH_REFUSED stands for it is, where what the rule matches tells. The order is the driver's
 * (en/tc_tun.c mlx5e_tc_tun_parse).
 */
export function tunnelMatchCode({ tunnel }: SilentRefusal): ReasonCode {
  return tunnelMatch(tunnel)?.code ?? (tunnel?.matchesFlags ? 'ENC_FLAGS_MATCH' : 'TUNNEL_MATCH_REFUSED')
}

/** Where the configuration can't be read, a representor without hw-tc-offload tells the same (en_rep.c mlx5e_build_rep_netdev). */
function kernelOptions({ driver, kernel = {}, hwTcOffload, on }: SilentRefusal): Cause | undefined {
  if (driver !== MLX5) return undefined
  const { mlx5ClsAct, netTcSkbExt, source } = kernel
  if ((mlx5ClsAct ?? netTcSkbExt) === 'n') {
    const options = `MLX5_CLS_ACT ${mlx5ClsAct ?? '?'}, NET_TC_SKB_EXT ${netTcSkbExt ?? '?'}`
    return { code: 'KERNEL_WITHOUT_OFFLOAD', seen: `${source ?? 'the kernel'} has ${options}` }
  }
  if (mlx5ClsAct !== undefined || hwTcOffload !== 'unsupported') return undefined
  return { code: 'KERNEL_WITHOUT_OFFLOAD', seen: `${switchedDevice(on)} has no hw-tc-offload` }
}

/** Whose hw-tc-offload counts. */
function switchedDevice(on: SilentRefusal['on']): string {
  return on?.role === 'port' ? on.name : 'the uplink'
}

function offloadSwitch({ hwTcOffload, on }: SilentRefusal): Cause | undefined {
  const device = switchedDevice(on)
  if (hwTcOffload === 'off') return { code: 'OFFLOAD_DISABLED', seen: `hw-tc-offload of ${device} is off` }
  if (hwTcOffload === 'unsupported') return { code: 'NO_FLOWER_OFFLOAD', seen: `${device} has no hw-tc-offload` }
  return undefined
}

/** Those that mean one thing, whatever the rule; firmware's are from cmd.c cmd_status_to_err. */
const ERRNOS: Readonly<Record<string, ReasonCode>> = {
  EBUSY: 'ESWITCH_BUSY',
  ENODEV: 'BOND_NOT_READY',
  ENOMEM: 'NO_MEMORY',
  ENOSPC: 'NO_ROOM',
  EAGAIN: 'NO_ROOM',
  EIO: 'FIRMWARE_REFUSED',
}

function byErrno(errno: string): Cause | undefined {
  const code = ERRNOS[errno]
  return code && { code, seen: errno }
}

/** No usable route is ENETUNREACH or what the look-up itself says; a device that the driver does not want is EOPNOTSUPP. */
function route({ tunnel, errno }: SilentRefusal): Cause | undefined {
  if (tunnel?.path === undefined) return undefined
  const { exit, localIp, problem } = tunnel.path
  if (exit === 'sibling-pf') return errno === 'ENETUNREACH' ? undefined : { code: 'OTHER_PF_ROUTE', seen: problem }
  if (errno === 'EOPNOTSUPP') return undefined
  if (exit === 'no-source') return { code: 'NO_SOURCE_ADDRESS', seen: `${localIp} is not configured here` }
  if (exit === 'none') return { code: 'NO_ROUTE', seen: problem }
  // With IPv6 the driver does not look at the route's type (en/tc_tun.c mlx5e_route_lookup_ipv6_get).
  return exit === 'host' && ipFamily(localIp) === 4 ? { code: 'LOCAL_ROUTE', seen: problem } : undefined
}

/** With skip_sw EINVAL is the core's own: no driver was there to refuse it (net/sched/cls_flower.c fl_hw_replace_filter). */
function notBound({ blockBound, errno, on }: SilentRefusal): Cause | undefined {
  const nobody = blockBound === false || (on?.skipSw === true && errno === 'EINVAL')
  return nobody ? { code: 'BLOCK_NOT_BOUND', seen: on && `no driver listens to the rules of ${on.name}` } : undefined
}

function tunnelMatch(tunnel: TunnelUse | undefined): Cause | undefined {
  if (tunnel?.direction !== 'decap' || tunnel.type !== 'geneve') return undefined
  const { port } = tunnel
  return port === undefined || port === GENEVE_PORT
    ? undefined
    : { code: 'GENEVE_PORT', seen: `it matches UDP port ${port}` }
}

function neighbour({ driver, tunnel }: SilentRefusal): Cause | undefined {
  if (tunnel?.direction !== 'encap' || tunnel.path?.neighbour !== 'unresolved') return undefined
  if (driver !== undefined && TAKE_UNRESOLVED.has(driver)) return undefined
  return { code: 'NEIGHBOUR_UNRESOLVED', seen: `${tunnel.path.nextHop} does not answer on ${tunnel.path.device}` }
}

/** What the kernel tells by an errno only, or by nothing. */
function notRuledOut({ driver, kernel, hwTcOffload, errno, on, blockBound, tunnel }: SilentRefusal): string {
  const codes: ReasonCode[] = []
  if (driver === MLX5 && (kernel?.mlx5ClsAct ?? kernel?.netTcSkbExt) === undefined) codes.push('KERNEL_WITHOUT_OFFLOAD')
  if (hwTcOffload === undefined) codes.push('OFFLOAD_DISABLED')
  if (on?.role === 'tunnel' && blockBound === undefined) codes.push('BLOCK_NOT_BOUND')
  if (tunnel?.direction === 'encap') codes.push('ENCAP_HEADER_TOO_LONG')
  if (errno === undefined) codes.push('NO_ROOM', 'ESWITCH_BUSY')
  codes.push('FIRMWARE_REFUSED')
  const open = `nothing that can be read here explains it; not ruled out: ${codes.join(', ')} (nicsteer reasons CODE)`
  const qdisc = codes.includes('BLOCK_NOT_BOUND')
    ? '; whether the ingress qdisc is older than switchdev mode can’t be known'
    : ''
  return `${open}${qdisc}; dmesg may say more`
}
