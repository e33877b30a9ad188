import { askLater, laterMoment } from '../../base/transcript.js'
import { control } from '../../ovs/unixctl/index.js'
import type { TraceEvent } from '../trace/event.js'
import { traceExtack } from '../trace/trace.js'

export interface Heard {
  events: TraceEvent[]
  /** `tracepoint`: texts without their rules, so that none is matched to a flow. */
  source: 'tc_setup_cb_add' | 'tracepoint'
  why: string | undefined
  /** Events that came faster than they were read. */
  lost: number
}

/**
 * Listens to what the kernel says while Open vSwitch offers its flows to hardware.
 * @param provoke has Open vSwitch forget its flows: it offers them again as packets come, which until then take the way by ovs-vswitchd.
 *   Deleting single flows (`dpctl/del-flow`) would disturb more: the revalidators don't know of it, and until they have missed a flow four
 *   times handlers don't install it again (OVS's ofproto-dpif-upcall.c revalidator_sweep__, try_ukey_replace).
 * @throws as traceExtack; NicsteerError UNIXCTL_NOT_RUNNING …
 */
export function listen(seconds: number, provoke: boolean): Promise<Heard> {
  return askLater('node', `trace ${provoke}`, async () => {
    using trace = traceExtack()
    if (provoke) for await (const _ of control('revalidator/purge', []));
    await laterMoment(seconds)
    trace.stop()
    const events: TraceEvent[] = []
    for await (const event of trace) events.push(event)
    return { events, source: trace.source, why: trace.why, lost: trace.lost }
  })
}
