import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { compile } from '../../src/steering/compile.js'
import { changedParts } from '../../src/steering/part.js'
import { refuseWithoutPlace, resolve } from '../../src/steering/resolve.js'
import { type MaskedOption, type Rule, type Tunnel, tunnelsOf } from '../../src/steering/rule.js'
import { type Endpoint, factsOf, ownNic, pci, representor, steeringOf, type World, world } from './arbitrary.js'

const RUNS = { numRuns: 300 }

const resolved = (of: World, node: number) => resolve(steeringOf(of, node), factsOf(of, node))
const rulesOf = (of: World, node: number) => compile(resolved(of, node)).rules
const all = (of: World) => of.nodes.map((_, node) => rulesOf(of, node))

/** Whose rule it is: the endpoint on that VF. */
function endpointOf({ endpoints }: World, node: number, { vf }: Rule): Endpoint {
  const found = endpoints.find((one) => one.node === node && pci(one.nic) === vf?.pf && one.index === vf.index)
  assert.ok(found, 'a rule for a VF that has no endpoint')
  return found
}

/** Whether options with these bytes are what the rule matches, under its masks. */
function carries(written: Tunnel['options'], matched: readonly MaskedOption[]): boolean {
  const masked = (data: string, mask: string) => BigInt(`0x${data}`) & BigInt(`0x${mask}`)
  return (
    written.length === matched.length &&
    matched.every((option, at) => {
      const { class: c, type, data = '' } = written[at] ?? {}
      const sameKind = c === option.class && type === option.type && data.length === option.data.length
      return sameKind && masked(data, option.mask) === masked(option.data, option.mask)
    })
  )
}

/** Whether a rule on the tunnel device takes what the tunnel writes. */
function takes({ match }: Rule, { localIp, remoteIp, vni, port, options }: Tunnel): boolean {
  const outer = match.tunnel
  return (
    outer !== undefined &&
    outer.localIp === remoteIp &&
    outer.remoteIp === localIp &&
    outer.vni === vni &&
    outer.port === port &&
    carries(options, outer.options)
  )
}

/** The rule with nothing in it that the order of endpoints decides: to whom copies go first. */
function words(rule: Rule): string {
  const { action } = rule
  if (action.kind !== 'copies') return JSON.stringify(rule)
  return JSON.stringify({
    ...rule,
    action: { ...action, outputs: action.outputs.map((one) => JSON.stringify(one)).sort() },
  })
}

describe('steering, whatever the nodes, planes, VTEPs and layouts', () => {
  it('takes as local_ip the VTEP of the VF’s own PF, or the one that its endpoint names', () => {
    fc.assert(
      fc.property(world, (any) => {
        for (const [node, rules] of all(any).entries()) {
          for (const rule of rules) {
            for (const { localIp } of tunnelsOf(rule)) {
              assert.equal(localIp, ownNic(any, endpointOf(any, node, rule)).vtep)
            }
            if (rule.kind === 'decap')
              assert.equal(rule.match.tunnel?.localIp, ownNic(any, endpointOf(any, node, rule)).vtep)
          }
        }
      }),
      RUNS,
    )
  })

  it('decapsulates at the other end, once and to the right VF, what any rule encapsulates', () => {
    fc.assert(
      fc.property(world, (any) => {
        const nodes = all(any)
        const used = new Set<Rule>()
        for (const rule of nodes.flat()) {
          if (rule.action.kind !== 'encap') continue
          const { tunnel } = rule.action
          const to = any.endpoints.find(({ mac }) => mac === rule.peer)
          assert.ok(to)
          assert.equal(tunnel.remoteIp, ownNic(any, to).vtep)
          const takers = nodes[to.node]!.filter((one) => one.match.dstMac === to.mac && takes(one, tunnel))
          assert.equal(takers.length, 1)
          assert.deepEqual(takers[0]?.action, {
            kind: 'decap',
            to: { role: 'representor', name: representor(to.nic, to.index) },
          })
          used.add(takers[0]!)
        }
        for (const rule of nodes.flat())
          if (rule.kind === 'decap') assert.ok(used.has(rule), 'nobody sends what it takes')
      }),
      RUNS,
    )
  })

  it('copies what is for all to VTEPs that take it, and to no VTEP twice', () => {
    fc.assert(
      fc.property(world, (any) => {
        const nodes = all(any)
        for (const rule of nodes.flat()) {
          if (rule.action.kind !== 'copies') continue
          const tunnels = tunnelsOf(rule)
          assert.equal(new Set(tunnels.map(({ remoteIp }) => remoteIp)).size, tunnels.length)
          for (const tunnel of tunnels) {
            const takers = nodes.flat().filter((one) => one.kind === 'bum-decap' && takes(one, tunnel))
            assert.equal(takers.length, 1)
          }
        }
      }),
      RUNS,
    )
  })

  it('makes a rule to every endpoint of the network, or says why not', () => {
    fc.assert(
      fc.property(world, (any) => {
        for (const [node] of any.nodes.entries()) {
          const { rules, findings } = compile(resolved(any, node))
          const said = findings.filter(({ code }) => code.startsWith('NO_COMMON_')).map(({ text }) => text)
          for (const one of any.endpoints.filter((endpoint) => endpoint.node === node)) {
            for (const other of any.endpoints) {
              if (other.network !== one.network || other.node === node) continue
              const made = rules.some(({ match, peer }) => match.srcMac === one.mac && peer === other.mac)
              const left = said.some(
                (text) => text.includes(`${pci(one.nic)} VF ${one.index} `) && text.includes(other.mac),
              )
              assert.notEqual(made, left)
            }
          }
        }
      }),
      RUNS,
    )
  })

  it('compiles the same rules from the same file, and from one whose endpoints stand in another order', () => {
    fc.assert(
      fc.property(
        world.chain((any) =>
          fc.record({
            any: fc.constant(any),
            other: fc.shuffledSubarray(any.endpoints, { minLength: any.endpoints.length }),
          }),
        ),
        ({ any, other }) => {
          for (const [node] of any.nodes.entries()) {
            assert.deepEqual(rulesOf(any, node), rulesOf(any, node))
            const reordered = rulesOf({ ...any, endpoints: other }, node)
            assert.deepEqual(reordered.map(words).sort(), rulesOf(any, node).map(words).sort())
          }
        },
      ),
      RUNS,
    )
  })

  it('compiles the parts that a change touches to the same difference as the whole', () => {
    fc.assert(
      fc.property(world, world, fc.infiniteStream(fc.boolean()), (any, other, coins) => {
        // Endpoints go, come, or move to another NIC, VTEP or network.
        const endpoints = [
          ...any.endpoints.filter(() => coins.next().value),
          ...other.endpoints
            .filter(() => coins.next().value)
            .map((one) => ({ ...one, node: one.node % any.nodes.length }))
            .map(({ named: _, ...one }) => ({ ...one, nic: one.nic % any.nodes[one.node]!.length })),
        ]
        const byMac = new Map(endpoints.map((endpoint) => [endpoint.mac, endpoint]))
        const before = resolved(any, 0)
        const after = resolved({ ...any, endpoints: [...byMac.values()] }, 0)
        const parts = changedParts(before, after)
        assert.ok(parts)
        const compiled = (of: typeof before) => compile(of, refuseWithoutPlace, parts).rules.map(words)
        const less = (from: string[], what: string[]) => from.filter((rule) => !what.includes(rule)).sort()
        const whole = [before, after].map((of) => compile(of).rules.map(words))
        const partly = [compiled(before), compiled(after)]
        assert.deepEqual(less(partly[0]!, partly[1]!), less(whole[0]!, whole[1]!))
        assert.deepEqual(less(partly[1]!, partly[0]!), less(whole[1]!, whole[0]!))
      }),
      RUNS,
    )
  })
})
