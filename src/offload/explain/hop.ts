import type { IpAddress } from '../../base/types.js'
import type { Reason } from '../reasons/index.js'
import type { Verdict } from '../verdict.js'

/** Where a packet is on its way. */
export const PLACES = [
  'vf',
  'representor',
  'rule',
  'flow',
  'asked',
  'tunnel',
  'tunnel device',
  'route',
  'neighbour',
  'nic',
  'remote',
  'back',
] as const
export type Place = (typeof PLACES)[number]

/** One step of a packet's way: what was looked up there, and what was found. */
export interface Hop {
  place: Place
  found: string
  /** Why the packet goes no further, or not in hardware. */
  problem?: Problem
}

export interface Problem {
  text: string
  /** What to do about it. */
  hint: string
  /** Of a verdict, or with the code of a finding or an error. */
  reason?: Omit<Reason, 'code'> & { code: string }
}

/** What takes packets on from the representor, or would. */
export interface Carrier {
  by: 'rule' | 'flow' | 'asked'
  /** Missing of what was asked, unless it is wrong already. */
  verdict?: Verdict
  tunnel?: { localIp?: IpAddress | undefined; remoteIp: IpAddress } | undefined
  /** That hardware has counted. */
  packets: number
  /** Of what was asked: why there is no flow, and what would be done, in words. */
  would?: string
}

export interface Explanation {
  /** As they were found: `0000:d8:00.0 VF 0 (02:00:00:00:00:01)`. */
  from: string
  to: string
  hops: readonly Hop[]
  /** Of what carries it there; missing where nothing does, or where nothing has come yet. */
  verdict?: Verdict
  /** A rule of ours or flows of Open vSwitch; `asked`: no flow is there, and what Open vSwitch would do was asked. Missing: nothing does. */
  by?: Carrier['by']
  emulated: boolean
  /** One sentence: in hardware or not, why, and what to do. */
  conclusion: string
}
