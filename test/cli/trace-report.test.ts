import { strict as assert } from 'node:assert'
import { REPORTS } from '../../src/cli/report-schema.js'
import { TraceCount, traceItem, traceLine, traceTruth } from '../../src/cli/trace-report.js'
import { offer, textEvent, without } from '../offload/trace/sample.js'

const source = { source: 'tc_setup_cb_add', why: undefined, lost: 0 } as const

describe('how a trace is shown', () => {
  it('a refusal on one line: when, who, where, why, in which words', () => {
    const line = traceLine(offer({ texts: ['mlx5_core: Requested chain is out of supported range', 'and so on'] }))
    assert.match(
      line ?? '',
      /^\d\d:\d\d:05\.678 +handler3\/368 +pf0vf0 +0 +2 +CHAIN_RANGE +"mlx5_core: Requested chain is out of supported range", "and so on"$/,
    )
  })

  it('with its errno, without a text, on egress, in a shared block', () => {
    assert.match(traceLine(offer({ errno: 95, texts: [] })) ?? '', / EOPNOTSUPP: no text$/)
    assert.match(traceLine(offer({ errno: 95, moreTexts: 2 })) ?? '', / EOPNOTSUPP: "simnic: not today", and 2 more$/)
    assert.match(traceLine(offer({ parent: 'egress' })) ?? '', / pf0vf0 egress +0 +2 /)
    assert.match(traceLine(without(offer({ block: 9 }), 'device', 'ifindex', 'parent')) ?? '', / block 9 +0 +2 /)
  })

  it('a text that belongs to no rule, without a place; a rule that hardware has, not at all', () => {
    assert.match(
      traceLine(textEvent('Unknown device type')) ?? '',
      / handler3\/368 +- +- +- +- +"Unknown device type"$/,
    )
    assert.equal(traceLine(offer({ after: { inHw: true }, took: 1 })), undefined)
  })

  it('as one object of its schema, which leaves kernel addresses out', () => {
    const events = [offer(), offer({ errno: 95, texts: [] }), textEvent('Unknown device type')]
    const count = new TraceCount()
    for (const event of events) count.add(event)
    const items = events.map(traceItem)
    const report = { apiVersion: 'nicsteer/v1alpha1', kind: 'TraceExtack', items, summary: count.summary(source) }
    assert.deepEqual(REPORTS['trace-extack'].parse(JSON.parse(JSON.stringify(report))), report)
    assert.doesNotMatch(JSON.stringify(report), /ffff8880/)
    assert.deepEqual(
      items.map(({ refused, rule, reason }) => [refused, rule?.errno, reason?.code]),
      [
        [true, null, items[0]?.reason?.code],
        [true, 'EOPNOTSUPP', items[1]?.reason?.code],
        [false, undefined, undefined],
      ],
    )
    assert.equal(items[0]?.reason?.text, 'simnic: not today')
  })

  it('and what was lost, and what only sounds like a refusal, in the last line', () => {
    const count = new TraceCount()
    for (const event of [offer(), offer({ after: { inHw: true }, took: 1 }), textEvent('x')]) count.add(event)
    assert.equal(
      traceTruth(count.summary(source)),
      '1 refused; 1 other texts; 1 rules with texts that hardware has all the same; nothing lost',
    )
    assert.match(traceTruth(new TraceCount().summary({ ...source, lost: 3 })), /; 3 events LOST: /)
    assert.equal(
      traceTruth(count.summary({ source: 'tracepoint', why: 'no BTF', lost: 0 })).split(';')[0],
      '1 texts, of whatever rule',
    )
  })
})
