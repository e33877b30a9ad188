import { orElse } from '../../base/errors.js'
import { ipFamily } from '../../base/types.js'
import { tracePacket } from '../../ovs/trace-packet.js'
import type { FlowFacts } from '../flows/facts.js'
import type { JudgedFlow } from '../flows/judge.js'
import { judgeDump } from '../flows/read.js'
import type { LocalParty, Party } from './endpoints.js'

/** What Open vSwitch would do with a packet; nobody has seen it do so. */
export interface Asked {
  /** In words. */
  packet: string
  /** Of the last pass through its tables that sends the packet out, else of the last one, as a flow that nothing has come for. */
  judged: JudgedFlow
  actions: string
}

/** @returns one line about why there is no answer, where there is none: a bundle has none */
export function askWhatWould(sender: LocalParty, receiver: Party, facts: FlowFacts): Promise<Asked | string> {
  const { representor } = sender.vf
  const [src, dst] = [sender.mac, receiver.mac]
  if (representor === undefined || src === undefined || dst === undefined) return Promise.resolve('a MAC is not known')
  const port = representor.name
  const ips = pairOf(sender.ips, receiver.askedIp === undefined ? receiver.ips : [receiver.askedIp])
  const packet = ips === undefined ? `a frame to ${dst}` : `an ICMP echo request from ${ips.src} to ${ips.dst}`
  return orElse<Asked | string, string>(
    async () => {
      const passes: Omit<Asked, 'packet'>[] = []
      for (const actions of await tracePacket({ port, srcMac: src, dstMac: dst, ips })) {
        const line = `recirc_id(0),in_port(${port}),eth(src=${src},dst=${dst}), packets:0, bytes:0, used:never, dp:ovs, actions:${actions}`
        for await (const { judged } of judgeDump({ lines: () => one(line) }, facts))
          if (judged !== undefined) passes.push({ judged, actions })
      }
      const last = passes.findLast(({ judged }) => judged.flow.outputs.length > 0) ?? passes.at(-1)
      return last === undefined ? 'its answer has no actions' : { packet, ...last }
    },
    ({ code, message }) => (code === 'NOT_IN_BUNDLE' ? 'the bundle has no answer to that' : message),
  )
}

async function* one(line: string): AsyncGenerator<string> {
  yield line
}

function pairOf(ours: LocalParty['ips'], theirs: Party['ips']) {
  for (const src of ours) {
    const dst = theirs.find((ip) => ipFamily(ip) === ipFamily(src))
    if (dst !== undefined) return { src, dst }
  }
  return undefined
}
