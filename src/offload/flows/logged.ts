import { errnoName, type rtnl } from '../../kernel/index.js'
import type { LoggedRefusal, RefusalLog } from '../../ovs/vlog/index.js'
import { type Reason, reasonFor, type SilentRefusal } from '../reasons/index.js'
import { roleOf } from '../refusals.js'
import type { SeenFlow } from './seen-flow.js'

/** Why Open vSwitch could not offload flows that are now in its own data path, as its log says. */
export class LoggedReasons {
  readonly switchedOn: boolean
  readonly #ofFlow: ReadonlyMap<string, LoggedRefusal>
  /** Of ports of which all that the log says without a flow is the same; undefined: it isn't. */
  readonly #ofPort = new Map<string, LoggedRefusal | undefined>()
  readonly #links: ReadonlyMap<string, rtnl.Link>
  readonly #skipSw: boolean

  /** @param tcPolicy `other_config:tc-policy` */
  constructor({ switchedOn, refusals }: RefusalLog, links: readonly rtnl.Link[], tcPolicy: string | undefined) {
    this.switchedOn = switchedOn
    this.#ofFlow = new Map(refusals.flatMap((one) => (one.ufid === undefined ? [] : [[one.ufid, one] as const])))
    for (const one of refusals) {
      if (one.ufid !== undefined) continue
      const same = !this.#ofPort.has(one.port) || isSame(this.#ofPort.get(one.port), one)
      this.#ofPort.set(one.port, same ? one : undefined)
    }
    this.#links = new Map(links.map((link) => [link.name, link]))
    this.#skipSw = tcPolicy === 'skip_sw'
  }

  /**
   * What a line says of this very flow; else what all lines without a flow say of its port, which is called approximate.
   * @param flow that is not in TC: one that is there was not refused
   */
  reasonOf(flow: SeenFlow): Reason | undefined {
    const { ufid, inPort } = flow
    // It was offered to no hardware in earnest.
    if (flow.slowPath || inPort === undefined) return undefined
    const own = ufid === undefined ? undefined : this.#ofFlow.get(ufid)
    if (own !== undefined) return own.port === inPort ? this.#reason(own, flow) : undefined
    const ofPort = this.#ofPort.get(inPort)
    return ofPort && { ...this.#reason(ofPort, flow), approximate: true }
  }

  #reason({ port, error, errno, text, approximate }: LoggedRefusal, flow: SeenFlow): Reason {
    const known = approximate ? { approximate } : {}
    if (text !== undefined) return { ...reasonFor(text, 'ovs-log'), ...known }
    // Open vSwitch did not ask the kernel, or the answer is missing.
    if (errno === undefined) return { ...reasonFor(`failed to offload flow: ${error}: ${port}`, 'ovs-log'), ...known }
    return { ...reasonFor(undefined, 'ovs-log', { errno: errnoName(errno), ...this.#evidence(flow, port) }), ...known }
  }

  #evidence({ from, tunnels }: SeenFlow, port: string): SilentRefusal {
    const link = this.#links.get(port)
    const role = link && roleOf(link)
    const direction = tunnels.length > 0 ? 'encap' : from !== undefined ? 'decap' : undefined
    return {
      // Open vSwitch has the rules of its internal ports on their egress (lib/netdev-offload-tc.c get_tc_qdisc_hook).
      ...(role !== undefined && {
        on: { name: port, role, parent: role === 'internal-port' ? 'egress' : 'ingress', skipSw: this.#skipSw },
      }),
      ...(direction !== undefined && { tunnel: { direction } }),
    }
  }
}

const isSame = (one: LoggedRefusal | undefined, { error, errno, text }: LoggedRefusal) =>
  one !== undefined && one.error === error && one.errno === errno && one.text === text
