import type { Ifindex } from '../../base/types.js'
import type { tc } from '../../kernel/index.js'

/** What is true of every event. Processes have the numbers of the machine's first PID namespace. */
interface Said {
  /** By the wall clock. */
  time: Date
  /** CLOCK_MONOTONIC in nanoseconds, as process.hrtime.bigint(). */
  monotonic: bigint
  pid: number
  /** Thread; that of a program with one thread is its pid. */
  tid: number
  /** Name of the thread: `handler3`. */
  comm: string
  /** Verbatim, up to 127 bytes each, in their order: what lies deeper in a driver speaks first. */
  texts: string[]
  /** How many more there were. */
  moreTexts: number
}

/** One filter was offered to all drivers of its device's block. */
export interface OfferEvent extends Said {
  kind: 'offer'
  /** Inode of the network namespace, as `ls -Li /proc/PID/ns/net` shows it. */
  netns: number
  /** Missing for a block that several devices share. */
  device?: string
  ifindex?: Ifindex
  /** Index of a shared block. */
  block?: number
  parent?: tc.Parent
  chain: number
  priority: number
  /** ETH_P_*, host order. */
  protocol: number
  /** `flower`, `matchall` … */
  classifier: string
  /** Of a flower filter; missing where the kernel had not loaded cls_flower when the trace began. */
  handle?: number
  /** Hex: of the last action that has one, as `tc filter show` prints it. An OVS flow's ufid, our own mark. */
  cookie?: string
  /** Hex: what drivers know a flower filter by (struct flow_cls_offload). A kernel address: keep it out of reports. */
  driverCookie?: string
  before: tc.FilterFlags
  after: tc.FilterFlags
  /** How many drivers were asked, and how many have it now (in_hw_count). */
  asked: number
  took: number
  /** Positive; missing for success, which without skip_sw says nothing about hardware. */
  errno?: number
}

/** A text of netlink outside of any offer: of another request, or where only the tracepoint is heard of any request. */
export interface TextEvent extends Said {
  kind: 'text'
}

export type TraceEvent = OfferEvent | TextEvent

/** A rule that one driver took is in hardware, whatever another one (a sibling PF, asked about the same tunnel device) said of it. */
export function isRefused({ errno, asked, after }: OfferEvent): boolean {
  return errno !== undefined || (asked > 0 && !after.inHw)
}
