import type { tc } from '../../kernel/index.js'
import type { PfInfo } from '../../node/facts.js'
import type { TunnelPath } from '../preflight.js'

/** What is known of a rule that hardware refused without a word. What is missing could not be found out. */
export interface SilentRefusal {
  /** `EOPNOTSUPP`. Only a rule with skip_sw gets one: the kernel takes any other for software, and does not tell the driver's answer. */
  errno?: string
  /** Of the NIC that was to take it: `mlx5_core`. */
  driver?: string
  eswitchMode?: PfInfo['eswitchMode']
  encapMode?: 'none' | 'basic'
  /** Where the rule is. */
  on?: { name: string; role: 'port' | 'tunnel' | 'internal-port'; parent: tc.Parent; skipSw: boolean }
  /** Of that device; a tunnel device has none of its own, there it is the uplink's. */
  hwTcOffload?: PfInfo['hwTcOffload']
  /** How the kernel's own driver was built (kernel/config.ts); says nothing of a driver from elsewhere. */
  kernel?: { mlx5ClsAct?: 'y' | 'm' | 'n'; netTcSkbExt?: 'y' | 'm' | 'n'; source?: string }
  /** A driver listens to the rules of that device. Other rules of it in hardware prove it; nothing proves the opposite but skip_sw. */
  blockBound?: boolean
  /** What it does with a tunnel. */
  tunnel?: TunnelUse
}

export interface TunnelUse {
  direction: 'encap' | 'decap'
  /** Of the tunnel device that it matches on. */
  type?: 'geneve' | 'vxlan'
  /** UDP port that a decap rule matches. */
  port?: number
  /** It matches flags of the outer header. */
  matchesFlags?: boolean
  /** The way the driver looks up; missing where it looks up none. */
  path?: TunnelPath
}
