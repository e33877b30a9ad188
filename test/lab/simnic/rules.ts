import { attempt, run } from '../support/shell.js'

/** `skip_hw`: the kernel's own flower carries the rule; `skip_sw`: simnic alone does. */
export type Mode = 'skip_hw' | 'skip_sw'
export const MODES: readonly Mode[] = ['skip_hw', 'skip_sw']

export interface TcRule {
  handle: number
  /** tc's `pref`. */
  pref: number
  chain?: number
  protocol: string
  match?: string
  action: string
}

/** tc's arguments for a flower rule on a device's ingress. */
export function ruleArguments(device: string, rule: TcRule, ...flags: string[]): string[] {
  const { handle, pref, chain = 0, protocol, match = '', action } = rule
  const words = `filter add dev ${device} ingress protocol ${protocol} pref ${pref} chain ${chain} handle ${handle} flower`
  return `${words} ${flags.join(' ')} ${match} action ${action}`.split(/\s+/).filter(Boolean)
}

export function addRule(device: string, rule: TcRule, ...flags: string[]): void {
  run('tc', ...ruleArguments(device, rule, ...flags))
}

/** Offers a rule; tc's exit status and what the kernel said about it. */
export function offerRule(device: string, rule: TcRule, ...flags: string[]): { status: number | null; text: string } {
  const { status, stderr } = attempt('tc', ...ruleArguments(device, rule, ...flags))
  return { status, text: stderr.trim() }
}

/** Drops the device's ingress rules, of all chains, and starts with an empty clsact again. */
export function freshQdisc(device: string): void {
  attempt('tc', 'qdisc', 'del', 'dev', device, 'clsact')
  run('tc', 'qdisc', 'add', 'dev', device, 'clsact')
}

export interface RuleState {
  handle: number
  inHw: boolean
  inHwCount: number
  packets: number
  bytes: number
  hwPackets: number
  hwBytes: number
}

interface TcOptions {
  handle?: number
  in_hw?: boolean
  in_hw_count?: number
  actions?: { stats?: Record<string, number> }[]
}

/** The flower rules of a device's ingress as iproute2 reads them, with the counters of each rule's last action. */
export function ruleStates(device: string): RuleState[] {
  const filters = JSON.parse(run('tc', '-j', '-s', 'filter', 'show', 'dev', device, 'ingress')) as {
    options?: TcOptions
  }[]
  return filters.flatMap(({ options }) => {
    if (options?.handle === undefined) return []
    const stats = options.actions?.at(-1)?.stats ?? {}
    return [
      {
        handle: options.handle,
        inHw: options.in_hw ?? false,
        inHwCount: options.in_hw_count ?? 0,
        packets: stats.packets ?? 0,
        bytes: stats.bytes ?? 0,
        hwPackets: stats.hw_packets ?? 0,
        hwBytes: stats.hw_bytes ?? 0,
      },
    ]
  })
}
