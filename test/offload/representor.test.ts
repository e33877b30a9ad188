import { strict as assert } from 'node:assert'
import type { Ifindex, MacAddress } from '../../src/base/types.js'
import { tc } from '../../src/kernel/index.js'
import { identityOf } from '../../src/offload/diff.js'
import { cookieOf } from '../../src/offload/ownership.js'
import type { Reading } from '../../src/offload/reading.js'
import { Representors } from '../../src/offload/representor.js'
import { decideVerdict } from '../../src/offload/verdict.js'
import type { RuleKind } from '../../src/steering/rule.js'

const REP = 10 as Ifindex
const mac = (text: string) => text as MacAddress
const VF = mac('02:00:00:00:00:01')
const PEER = mac('02:00:00:00:0f:01')
const OTHER = mac('02:00:00:00:0f:02')

interface Sample extends Partial<Pick<tc.FlowerFilter, 'match' | 'flags' | 'chain' | 'protocol'>> {
  ours?: RuleKind
  /** Packets counted in software, all of them while we looked. */
  software?: number
  hardware?: number
}

function filter(priority: number, { ours, software = 0, hardware = 0, ...more }: Sample = {}): tc.FlowerFilter {
  const counted = (packets: number) => ({ packets, bytes: 100 * packets })
  const cookie = ours && cookieOf({ kind: ours, qdisc: false, hash: '000000000000' })
  const stats = { ...counted(software + hardware), software: counted(software), hardware: counted(hardware) }
  return {
    kind: 'flower',
    ifindex: REP,
    parent: 'ingress',
    chain: 0,
    priority,
    protocol: tc.ETH_P_ALL,
    match: { ethSrc: VF, ethDst: PEER },
    flags: { inHw: true },
    actions: [{ kind: 'gact', control: 'ok', stats: { ...stats, drops: 0, overlimits: 0 }, ...(cookie && { cookie }) }],
    ...more,
  } as tc.FlowerFilter
}

/** What is seen of the first filter: all were there before, with counters of 0, and so many packets came to the representor since. */
function seen(hits: number, ...present: [tc.FlowerFilter, ...tc.Filter[]]) {
  const before: Reading = {
    counters: new Map(present.filter(tc.isFlower).map((one) => [identityOf(one), { hardware: 0, software: 0 }])),
    hits: new Map([[REP, 100]]),
  }
  const [rule] = present
  return new Representors(present, new Map([[REP, 100 + hits]]), before).of(rule, 'pf0vf0')
}

/** The verdict of the first filter, of which hardware carried nothing. */
function verdict(hits: number, ...present: [tc.FlowerFilter, ...tc.Filter[]]): string {
  const representor = seen(hits, ...present)
  const nothing = { packets: 0, bytes: 0 }
  const { verdict, carrying, reason } = decideVerdict({
    present: 'same',
    softwareOnly: false,
    inHw: true,
    hardware: nothing,
    software: nothing,
    moved: { hardware: 0, software: 0 },
    ...(representor !== undefined && { representor }),
  })
  return [verdict, carrying, reason?.code].filter(Boolean).join(' ')
}

const encap = filter(11, { ours: 'encap' })
/** Between two NICs, on a port of Open vSwitch. */
const forHardware = filter(49153, { ours: 'encap', flags: { inHw: true, skipSw: true } })
const drop = (software: number) =>
  filter(16, { ours: 'drop', match: {}, flags: { skipHw: true, notInHw: true }, software })
const UNTOLD = 'hardware idle PACKETS_AT_REPRESENTOR'

describe('what comes to a representor', () => {
  it('is nothing that anybody knows where the driver does not count it', () => {
    assert.equal(new Representors([encap], new Map(), undefined).of(encap, 'pf0vf0'), undefined)
  })

  it('counts from the beginning where we looked once, and then says nothing of a rule', () => {
    const once = new Representors([encap], new Map([[REP, 100]]), undefined).of(encap, 'pf0vf0')
    assert.deepEqual(once, { device: 'pf0vf0', packets: 100 })
  })

  it('is what filters have counted, and the rest', () => {
    const { packets, moved, uncounted } = seen(5, encap, drop(3)) ?? {}
    assert.deepEqual([packets, moved, uncounted], [105, 5, 2])
    assert.equal(seen(5, encap, drop(3), filter(40, { software: 9 }))?.uncounted, 0)
  })

  it('is counted anew where the representor was made anew', () => {
    const before: Reading = { counters: new Map(), hits: new Map([[REP, 100]]) }
    assert.equal(new Representors([encap], new Map([[REP, 4]]), before).of(encap, 'pf0vf0')?.moved, 4)
  })

  const CASES: [title: string, verdict: string][] = [
    ['an idle rule is healthy while ARP comes, which our last rule drops', verdict(7, encap, drop(7))],
    ['an idle rule behind Open vSwitch’s is healthy while ARP goes to Open vSwitch', verdict(7, encap)],
    ['an idle rule for hardware alone is healthy while nothing comes', verdict(0, forHardware)],
    [
      'an idle rule for hardware alone is healthy while other filters count all that comes',
      verdict(7, forHardware, filter(2, { match: { ethSrc: VF, ethDst: OTHER }, software: 7 })),
    ],
    [
      'a filter in front that hardware has tells nothing of the rule',
      verdict(7, forHardware, filter(2, { software: 7 })),
    ],
    [
      'a filter of another chain tells nothing of the rule',
      verdict(7, forHardware, filter(2, { software: 7, chain: 3, flags: {} })),
    ],
    [
      'a wider filter tells nothing of the rule',
      verdict(7, forHardware, filter(2, { software: 7, match: { ethSrc: VF }, flags: {} })),
    ],
    [
      'a filter of some bits of the address is a wider one',
      verdict(
        7,
        forHardware,
        filter(2, {
          software: 7,
          match: { ethSrc: VF, ethDst: PEER, ethDstMask: mac('ff:00:00:00:00:00') },
          flags: {},
        }),
      ),
    ],
  ]
  for (const [title, seen] of CASES) it(title, () => assert.equal(seen, 'hardware idle'))

  it('can’t be told from the rule’s own where the rule can’t count it: neither proof nor suspicion', () => {
    assert.equal(verdict(7, forHardware), UNTOLD)
    assert.equal(verdict(7, encap, filter(1, { match: {}, flags: {}, software: 6 })), UNTOLD)
    assert.equal(verdict(7, encap, drop(6)), UNTOLD, 'a BPF program takes what our last rule would drop')
    const u32 = { kind: 'raw', name: 'u32', ifindex: REP, parent: 'ingress', chain: 0, priority: 1 } as tc.Filter
    assert.equal(verdict(7, encap, { ...u32, protocol: tc.ETH_P_ALL }), UNTOLD)
    assert.equal(verdict(7, encap, { ...filter(1, { flags: {} }), match: { ethDst: OTHER } }), 'hardware idle')
  })

  it('is the rule’s own where a filter took it that hardware does not have in front of it: suspect', () => {
    const own = { match: { ethSrc: VF, ethDst: PEER, ipProto: 17 }, protocol: 0x0800, software: 3 }
    const suspect = 'suspect TRAFFIC_IN_SOFTWARE'
    assert.equal(verdict(3, forHardware, filter(2, { ...own, flags: { notInHw: true } })), suspect)
    assert.equal(verdict(3, encap, filter(49154, { ...own, flags: { inHw: true } })), suspect, 'behind it, in hardware')
    assert.equal(
      verdict(3, { ...encap, match: { ethDst: PEER } } as tc.FlowerFilter, filter(2, { ...own, flags: {} })),
      suspect,
    )
    assert.equal(
      verdict(3, { ...encap, protocol: 0x86dd }, filter(2, { ...own, flags: {} })).startsWith('suspect'),
      false,
      'of another protocol',
    )
  })

  it('is no matter where hardware carried packets of the rule', () => {
    const representor = seen(7, forHardware)
    const { verdict, carrying } = decideVerdict({
      present: 'same',
      softwareOnly: false,
      inHw: true,
      hardware: { packets: 4, bytes: 400 },
      software: { packets: 0, bytes: 0 },
      moved: { hardware: 4, software: 0 },
      ...(representor !== undefined && { representor }),
    })
    assert.deepEqual([verdict, carrying], ['hardware', 'yes'])
  })
})
