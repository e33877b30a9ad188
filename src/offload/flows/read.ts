import { type DumpItem, parseDump } from '../../ovs/dump-flows/index.js'
import { Chains } from './chains.js'
import type { FlowEvidence } from './evidence.js'
import type { FlowFacts } from './facts.js'
import { isInHardware, type JudgedFlow, judgeFlow } from './judge.js'
import { cookieOfUfid } from './rules-of-ovs.js'
import { see } from './see.js'
import type { SeenFlow } from './seen-flow.js'

/** A line of a dump, with the verdict of the flow where it is one. */
export interface JudgedItem {
  item: DumpItem
  judged?: JudgedFlow
  emulated?: boolean
}

/** A dump that can be read twice: chains are joined first. */
export interface DumpSource {
  lines(): AsyncIterable<string>
}

export async function* judgeDump(source: DumpSource, facts: FlowFacts): AsyncGenerator<JudgedItem> {
  const chains = new Chains()
  for await (const item of parseDump(source.lines())) {
    if (item.kind !== 'flow') continue
    const seen = see(item.flow)
    if (seen.recircId !== 0 || seen.recirculates.length > 0) chains.add(seen, isInHardware(seen, ruleOf(seen, facts)))
  }
  for await (const item of parseDump(source.lines())) {
    if (item.kind !== 'flow') {
      yield { item }
      continue
    }
    const seen = see(item.flow)
    const judged = judgeFlow(seen, chains, evidenceOf(seen, facts))
    const emulated = facts.isEmulated([seen.inPort ?? '', ...seen.outputs])
    yield { item, judged, ...(emulated !== undefined && { emulated }) }
  }
}

function evidenceOf(seen: SeenFlow, facts: FlowFacts): FlowEvidence {
  const owner = seen.inPort === undefined ? undefined : facts.owners.get(seen.inPort)
  const rule = ruleOf(seen, facts)
  const [tunnel] = seen.tunnels
  const localIp = tunnel?.localIp ?? owner?.localIp
  const path =
    owner === undefined || tunnel === undefined || localIp === undefined
      ? undefined
      : facts.pathOf({ localIp, remoteIp: tunnel.remoteIp }, owner)
  const inTc = rule !== undefined && rule !== 'none' && rule.inHw
  const connections = ((inTc && seen.ctZones) || []).flatMap((zone) => facts.connections(zone) ?? [])
  const installed = rule === 'none' ? undefined : rule
  const refusal = rule && facts.refusalOf(seen, rule)
  const moved = installed && seen.ufid && facts.movedOf(cookieOfUfid(seen.ufid), installed)
  return {
    ...(owner !== undefined && { owner }),
    localVteps: facts.localVteps,
    remoteVteps: facts.remoteVteps,
    ...(path !== undefined && { path }),
    ...(rule !== undefined && { rule }),
    ...(moved && { moved }),
    ...(refusal !== undefined && { refusal }),
    ...(connections.length > 0 && { connections }),
    ...(facts.logged !== undefined && { logged: facts.logged }),
  }
}

function ruleOf({ ufid }: SeenFlow, { rules }: FlowFacts): FlowEvidence['rule'] {
  if (rules === undefined || ufid === undefined) return undefined
  return rules.get(cookieOfUfid(ufid)) ?? 'none'
}
