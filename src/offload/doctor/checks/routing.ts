import { ipFamily } from '../../../base/types.js'
import { rtnl } from '../../../kernel/index.js'
import { type Check, fail, ok, outcome, type Problem, skip, warn } from '../check.js'
import type { NodeState } from '../state.js'
import { severalVteps } from '../vteps.js'

/** Rules of policy routing that tunnels depend on. */
export const routingChecks: readonly Check[] = [
  {
    id: 'routing.local-rule',
    title: "the node's own addresses are looked up",
    looksAt: 'policy rules (RTM_GETRULE): one for table local',
    judge({ rules, addresses }) {
      const families = ([4, 6] as const).filter((family) => addresses.some(({ ip }) => ipFamily(ip) === family))
      const without = families.filter((family) => !rules.some((rule) => rule.family === family && isLocal(rule)))
      const problems = without.map((family) => {
        const ip = family === 6 ? 'ip -6' : 'ip'
        const what = `no rule looks up table local for IPv${family}: the node takes in no packet to its own addresses`
        return fail(what, `${ip} rule add pref 0 lookup local proto kernel`)
      })
      const there = rules
        .filter(isLocal)
        .map(({ family, priority }) => `IPv${family}: preference ${priority} looks up table local`)
      return outcome(problems, there)
    },
  },
  {
    id: 'routing.rule-owner',
    title: "nobody removes the VTEPs' policy rules",
    looksAt: 'protocol of the rules; whether systemd-networkd runs, and its networkd.conf',
    judge({ rules, vteps, networkd }) {
      if (!networkd.runs) return ok('systemd-networkd does not run here')
      if (networkd.keepsForeignRules) return ok('systemd-networkd leaves rules of others alone')
      const ips = vteps.map(({ ip }) => ip)
      const loose = rules.filter(
        ({ src, protocol }) => src !== undefined && ips.includes(src) && protocol !== rtnl.PROTOCOL.kernel,
      )
      const problems = loose.map((rule) =>
        warn(
          `systemd-networkd removes the rule "${showRule(rule)}" when it starts again`,
          'ManageForeignRoutingPolicyRules=no in networkd.conf(5), or add such rules with: proto kernel',
        ),
      )
      return outcome(
        problems,
        ['/run/systemd/netif/links: systemd-networkd runs'],
        "the VTEPs' rules have protocol kernel",
      )
    },
  },
  {
    id: 'routing.intra-node',
    title: 'tunnels between two NICs of the node have routing',
    looksAt: 'policy rules between VTEPs; with -f FILE what its networks need',
    judge(state) {
      const { wanted } = state
      if (wanted !== undefined && wanted.refusal === undefined) {
        const missing = wanted.findings.filter(
          ({ code }) => code === 'INTRA_NODE_ROUTE' || code === 'VTEP_IS_NODE_ADDRESS',
        )
        return outcome(
          missing.map(({ text, hint }) => warn(text, hint)),
          [],
          'what the file wants of it is there',
        )
      }
      const crossings = [...severalVteps(state, 4), ...severalVteps(state, 6)].length > 0 ? crossingsOf(state) : []
      if (crossings.length === 0)
        return skip('there is none, and none is known to be wanted; nicsteer plan -f FILE tells')
      return outcome(
        crossings.flatMap((one) => half(one, state, crossings)),
        crossings.map(showRule),
      )
    },
  },
]

const isLocal = ({ action, table, src, dst }: rtnl.Rule) =>
  action === 'lookup' && table === rtnl.TABLE.local && src === undefined && dst === undefined

function showRule({ family, priority, src, dst, iifName, table }: rtnl.Rule): string {
  const words = [src && `from ${src}`, dst && `to ${dst}`, iifName && `iif ${iifName}`].filter(Boolean)
  return `${family === 6 ? 'ip -6 rule' : 'ip rule'} ${priority}: ${words.join(' ')} lookup ${table}`
}

/** Rules for packets from one VTEP of ours to another, on another NIC (docs/steer.md). */
function crossingsOf({ rules, vteps }: NodeState): rtnl.Rule[] {
  const pfOf = new Map(vteps.map(({ ip, pf }) => [ip, pf]))
  return rules.filter(({ action, src, dst, iifName }) => {
    if (action !== 'lookup' || iifName !== 'lo' || src === undefined || dst === undefined) return false
    const [from, to] = [pfOf.get(src), pfOf.get(dst)]
    return from !== undefined && to !== undefined && from !== to
  })
}

/** Half of it works for nobody. */
function half(rule: rtnl.Rule, { rules }: NodeState, crossings: readonly rtnl.Rule[]): Problem[] {
  const { family, src, dst, priority } = rule
  const ip = family === 6 ? 'ip -6' : 'ip'
  const problems: Problem[] = []
  const isBack = crossings.some((other) => other.src === dst && other.dst === src)
  if (!isBack) {
    const what = `there is a rule from ${src} to ${dst}, and none back: answers, and what hardware misses, are not taken in`
    problems.push(warn(what, `${ip} rule add pref ${priority} from ${dst} to ${src} iif lo lookup TABLE proto kernel`))
  }
  const local = rules.find((other) => other.family === family && isLocal(other))
  if (local !== undefined && local.priority <= priority) {
    const what = `the rule from ${src} to ${dst} is never asked: table local comes before it`
    problems.push(
      warn(
        what,
        `${ip} rule add pref ${priority + 10} lookup local proto kernel; ${ip} rule del pref ${local.priority}`,
      ),
    )
  }
  return problems
}
