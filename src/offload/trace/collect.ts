import { setTimeout as pause } from 'node:timers/promises'
import type { TraceEvent } from './event.js'
import type { TraceSource } from './programs.js'
import { type TraceOptions, traceExtack } from './trace.js'

export interface CollectOptions extends TraceOptions {
  seconds: number
  /** Is called once the trace listens: {@link provokeOffers}. */
  provoke?: () => Promise<void>
}

export interface CollectedTrace {
  events: TraceEvent[]
  source: TraceSource
  /** Why it is the tracepoint alone. */
  why?: string
  lost: number
}

/** Listens for a while, as a source of reasons for rules that others install. @throws what traceExtack and `provoke` throw */
export async function collectTrace({ seconds, provoke, ...options }: CollectOptions): Promise<CollectedTrace> {
  using trace = traceExtack(options)
  await provoke?.()
  await pause(seconds * 1000)
  trace.stop()
  const events: TraceEvent[] = []
  for await (const event of trace) events.push(event)
  const { source, why, lost } = trace
  return { events, source, ...(why !== undefined && { why }), lost }
}

/** Sends one command to ovs-vswitchd's control socket and gives its answer, as `ovs-appctl COMMAND ARGUMENTS…`. */
export type AskVswitchd = (command: string, ...args: string[]) => Promise<string>

/**
 * Makes Open vSwitch offer the flows of its traffic to hardware anew: each is deleted, and comes back with the next packet that needs it, by
 * way of user space. Deleting single flows (`dpctl/del-flow`) would disturb more: the revalidators don't know of it, and until they have
 * missed the flow four times handlers don't install it again (ofproto-dpif-upcall.c revalidator_sweep__, try_ukey_replace).
 */
export async function provokeOffers(ask: AskVswitchd): Promise<void> {
  await ask('revalidator/purge')
}
