import { strict as assert } from 'node:assert'
import { frame, outerOf } from './frame.js'
import { type Frame, PacketSocket } from './packet-socket.js'
import { waitFor } from './wait.js'

/** An overlay endpoint of topology `pair`: a VF in its namespace, or the host behind the plain-Linux peer. */
export interface Endpoint {
  ns: string
  mac: string
  /** Number of the VTEP that it is behind (shape.ts). */
  vtep: number
  /** Running number of its PF; undefined: behind the peer. */
  pf?: number
}

/** A tagged frame as it passed a cable: in which direction, and in which tunnel. */
export interface Passage {
  cable: number
  /** From the NIC into the fabric, or to the NIC. */
  direction: 'out' | 'in'
  outer: string
}

export interface Sighting {
  receivers: string[]
  passages: Passage[]
}

/** From the last « on: the two bytes of one may also be part of an address or a port before it. */
const TAG = /«([^«»]+)»/

/**
 * Sends tagged frames between endpoints, and tells where each was seen: at which endpoints, on which cables, under which outer addresses.
 * Raw sockets on every endpoint and on the fabric's end of every cable hear all of it.
 */
export class Overlay implements Disposable {
  readonly #endpoints = new Map<string, PacketSocket>()
  readonly #cables: PacketSocket[]
  readonly #seen = new Map<string, Sighting>()

  constructor(endpoints: readonly Endpoint[], cables: number) {
    for (const { ns } of endpoints) this.#endpoints.set(ns, new PacketSocket(ns, 'eth0'))
    this.#cables = Array.from({ length: cables }, (_, k) => new PacketSocket('fabric', `cable${k}`))
  }

  /** A UDP packet of so many bytes; for an address that nobody has, so that nobody answers. */
  send(tag: string, from: Endpoint, dst: string, bytes: number): void {
    const payload = Buffer.alloc(bytes - 14 - 20 - 8)
    assert.ok(payload.write(`«${tag}»`) === Buffer.byteLength(tag) + 4, 'a shorter tag')
    const ipv4 = { src: '192.0.2.1', dst: '192.0.2.2' }
    const data = frame({ src: from.mac, dst, ipv4, udp: { src: 7, dst: 9 }, payload })
    assert.equal(data.length, bytes)
    this.#endpoints.get(from.ns)?.send(data)
  }

  /** What was seen since the last call, once each of these tags has reached so many endpoints. */
  async seen(wanted: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, Sighting>> {
    this.#seen.clear()
    const notYet = () => [...wanted].filter(([tag, count]) => (this.#seen.get(tag)?.receivers.length ?? 0) < count)
    try {
      await waitFor('the frames arrive', () => {
        this.#listen()
        return notYet().length === 0
      })
    } catch {
      const missing = notYet().map(([tag]) => tag)
      assert.fail(`${missing.length} did not arrive, the first of them: ${missing.slice(0, 10).join(', ')}`)
    }
    return this.#seen
  }

  #listen(): void {
    for (const [ns, socket] of this.#endpoints) {
      for (const { data, outgoing } of socket.frames()) if (!outgoing) this.#sighting(data)?.receivers.push(ns)
    }
    for (const [cable, socket] of this.#cables.entries()) {
      for (const one of socket.frames()) this.#sighting(one.data)?.passages.push(passage(cable, one))
    }
  }

  #sighting(data: Buffer): Sighting | undefined {
    const [, tag] = TAG.exec(data.toString('utf8')) ?? []
    if (tag === undefined) return undefined
    const known = this.#seen.get(tag) ?? { receivers: [], passages: [] }
    this.#seen.set(tag, known)
    return known
  }

  [Symbol.dispose](): void {
    for (const socket of [...this.#endpoints.values(), ...this.#cables]) socket[Symbol.dispose]()
  }
}

function passage(cable: number, { data, outgoing }: Frame): Passage {
  const outer = outerOf(data)
  return { cable, direction: outgoing ? 'in' : 'out', outer: outer ? `${outer.src} -> ${outer.dst}` : 'no tunnel' }
}
