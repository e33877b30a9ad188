import { NicsteerError } from '../../base/errors.js'
import { ask } from '../../base/transcript.js'
import { conntrack, NetlinkSocket } from '../../kernel/index.js'
import type { Session } from '../session.js'

/** Which connections are in hardware, by zone: asked once, and only when a flow depends on it. */
export class Connections {
  readonly #session: Pick<Session, 'netns'>
  #zones: ReadonlyMap<number, conntrack.OffloadedConnections> | 'unknown' | undefined

  constructor(session: Pick<Session, 'netns'>) {
    this.#session = session
  }

  /** @returns undefined where the kernel does not tell: it has no ctnetlink, say */
  inZone(zone: number): conntrack.OffloadedConnections | undefined {
    this.#zones ??= this.#count()
    if (this.#zones === 'unknown') return undefined
    return this.#zones.get(zone) ?? { zone, offloaded: 0, inHardware: 0 }
  }

  #count(): ReadonlyMap<number, conntrack.OffloadedConnections> | 'unknown' {
    try {
      // A bundle has the numbers, not who speaks with whom.
      const counted = ask('node', 'connections in flow tables', () => {
        using socket = NetlinkSocket.open('netfilter', { netns: this.#session.netns })
        return conntrack.countOffloaded(socket)
      })
      return new Map(counted.map((one) => [one.zone, one]))
    } catch (error) {
      if (error instanceof NicsteerError) return 'unknown'
      throw error
    }
  }
}
