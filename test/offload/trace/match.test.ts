import { strict as assert } from 'node:assert'
import { parseIfindex } from '../../../src/base/types.js'
import type { tc } from '../../../src/kernel/index.js'
import type { OfferEvent } from '../../../src/offload/trace/event.js'
import { matchTrace, matchTraceByCookie } from '../../../src/offload/trace/match.js'
import { filter, NETNS, offer, textEvent, without } from './sample.js'

const match = (events: Parameters<typeof matchTrace>[0], of: tc.Filter) => matchTrace(events, of, NETNS)

describe('the refusal of a rule that is not there', () => {
  const gone = (...events: Parameters<typeof matchTrace>[0]) => matchTraceByCookie(events, 'ab'.repeat(16), NETNS)
  const refused = offer({ errno: 95 })

  it('is the last offer with its cookie, where that failed', () => {
    assert.equal(gone(offer(), refused, offer({ errno: 95, cookie: 'cd'.repeat(16) }), textEvent('x')), refused)
  })

  it('is none of another namespace, nor one that was made good', () => {
    assert.equal(gone(offer({ errno: 95, netns: NETNS + 1 })), undefined)
    assert.equal(gone(refused, offer({ took: 1, after: { inHw: true } })), undefined)
    assert.equal(gone(refused, offer()), undefined)
    assert.equal(gone(), undefined)
  })
})

describe('a refusal is matched to its rule', () => {
  it('by place, handle and cookie', () => {
    const event = offer()
    assert.equal(match([event, textEvent('something')], filter()), event)
  })

  const others: [what: string, changes: Partial<OfferEvent>][] = [
    ['device', { ifindex: parseIfindex(8) }],
    ['network namespace', { netns: NETNS + 1 }],
    ['direction', { parent: 'egress' }],
    ['chain', { chain: 1 }],
    ['priority', { priority: 3 }],
    ['protocol', { protocol: 0x86dd }],
    ['handle', { handle: 2 }],
    ['cookie', { cookie: 'cd'.repeat(16) }],
    ['classifier', { classifier: 'u32' }],
  ]
  for (const [what, changes] of others) {
    it(`not to one with another ${what}`, () => {
      assert.equal(match([offer(changes)], filter()), undefined)
    })
  }

  it('in a shared block, whatever device it is seen from', () => {
    const event = without(offer({ block: 9 }), 'ifindex', 'device', 'parent')
    assert.equal(match([event], filter({ block: 9 })), event)
    assert.equal(match([event], filter({ block: 8 })), undefined)
    assert.equal(match([event], filter()), undefined)
  })

  it('by the cookie alone where the kernel does not tell the handle; without either not at all', () => {
    const event = without(offer(), 'handle')
    assert.equal(match([event], filter()), event)
    const bare = filter({ actions: [{ kind: 'gact', control: 'drop' }] })
    assert.equal(match([without(event, 'cookie')], bare), undefined)
    const handle = without(offer(), 'cookie')
    assert.equal(match([handle], bare), handle)
  })

  it('by the cookie of the last action that has one', () => {
    const cookie = '01'.repeat(12)
    const actions: tc.Action[] = [
      { kind: 'gact', control: 'pipe', cookie: 'ff' },
      { kind: 'gact', control: 'pipe', cookie },
      { kind: 'gact', control: 'drop' },
    ]
    const event = offer({ cookie })
    assert.equal(match([event], filter({ actions })), event)
  })

  it('of matchall, of which a priority holds one, by place', () => {
    const event = without(offer({ classifier: 'matchall' }), 'handle', 'cookie')
    const { match: _, ...rest } = filter()
    const matchall: tc.Filter = { ...rest, kind: 'matchall', handle: 1, actions: [] }
    assert.equal(match([event], matchall), event)
  })

  it('the last one, of several', () => {
    const [first, last] = [offer({ texts: ['one'] }), offer({ texts: ['two'] })]
    assert.equal(match([first, last, offer({ handle: 2 })], filter()), last)
  })

  it('a rule that one driver took has none, whatever another said of it', () => {
    const healthy = offer({ asked: 2, took: 1, after: { inHw: true } })
    assert.equal(match([healthy], filter()), undefined)
    assert.equal(match([offer()], filter({ flags: { inHw: true } })), undefined)
  })
})
