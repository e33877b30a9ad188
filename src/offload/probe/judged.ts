import { rtnl, tc } from '../../kernel/index.js'
import { allIngressFilters, type Session } from '../session.js'
import type { JudgedRule } from '../verify.js'
import { type ProbeOptions, type ProbeResult, probe } from './probe.js'

/** Probes those of verify's rules that hardware did not take. @throws as probe */
export async function probeJudged(
  session: Session,
  rules: readonly JudgedRule[],
  options: ProbeOptions = {},
): Promise<Map<JudgedRule, ProbeResult>> {
  const names = new Map(rtnl.listLinks(session.route).map(({ ifindex, name }) => [ifindex, name]))
  const present = new Map(
    allIngressFilters(session)
      .filter(tc.isFlower)
      .map((filter) => [placeOf(names.get(filter.ifindex), filter), filter]),
  )
  const asked = rules.flatMap((judged) => {
    const { verdict, intended, device, rule, handle } = judged
    const filter = present.get(placeOf(device, { ...rule, handle }))
    return verdict === 'software' && !intended && filter !== undefined ? [{ judged, filter }] : []
  })
  const results = await probe(
    session,
    asked.map(({ filter }) => filter),
    options,
  )
  return new Map(asked.map(({ judged }, at) => [judged, results[at] as ProbeResult]))
}

function placeOf(
  device: string | undefined,
  { chain, priority, handle }: { chain: number; priority: number; handle?: number | undefined },
): string {
  return `${device} ${chain} ${priority} ${handle}`
}
