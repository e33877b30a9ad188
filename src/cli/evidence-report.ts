import type { z } from 'zod'
import type { TcEvidence } from '../offload/flows/judge.js'
import type { Evidence } from '../offload/verdict.js'
import type { evidence, flowEvidence, Printed, ruleEvidence } from './reports/parts.js'

/** What a verdict rests on, for programs: what isn't known is null. */

type EvidenceItem = Printed<z.infer<typeof evidence>>
export type FlowEvidenceItem = Printed<z.infer<typeof flowEvidence>>
export type RuleEvidenceItem = Printed<z.infer<typeof ruleEvidence>>

export function ruleEvidenceItem(evidence: Evidence): RuleEvidenceItem {
  const { present, representor } = evidence
  return { present, ...evidenceItem(evidence), representor: representorItem(representor) }
}

export function flowEvidenceItem(evidence: TcEvidence): FlowEvidenceItem {
  return { ...evidenceItem(evidence), connections: evidence.connections ?? [] }
}

/** Of any rule in TC. */
function evidenceItem({
  inHw,
  inHwCount = 0,
  holder,
  cookie,
  hardware,
  software,
  moved,
  path,
}: Omit<Evidence, 'present' | 'softwareOnly'>): EvidenceItem {
  return {
    inHw,
    inHwCount,
    holder: holder === undefined ? null : { pf: holder.pf ?? null, label: holder.label ?? null, why: holder.why },
    cookie: cookie ?? null,
    hardware,
    software,
    moved: moved ?? null,
    path: pathItem(path),
    secondStage: path?.second ?? null,
  }
}

function pathItem(path: Evidence['path']): EvidenceItem['path'] {
  if (path === undefined) return null
  const { localIp, remoteIp, exit, device, nextHop, neighbour, mtu, problem } = path
  return {
    localIp,
    remoteIp,
    exit,
    device: device ?? null,
    nextHop: nextHop ?? null,
    neighbour,
    mtu: mtu ?? null,
    problem: problem ?? null,
  }
}

function representorItem(representor: Evidence['representor']): RuleEvidenceItem['representor'] {
  if (representor === undefined) return null
  const { device, packets, moved, uncounted, blind, takenBy } = representor
  return {
    device,
    packets,
    moved: moved ?? null,
    uncounted: uncounted ?? null,
    blind: blind ?? null,
    takenBy: takenBy ?? null,
  }
}
