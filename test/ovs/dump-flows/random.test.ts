import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { DumpFlowsError, parseFlow, parseLine, printFlow, printItem } from '../../../src/ovs/dump-flows/index.js'
import { flow } from './arbitrary.js'
import { sampleLines } from './samples.js'

const flows = sampleLines.filter((line) => /^[a-z]/.test(line) && !line.startsWith('flow-dump'))

/** A line either is a flow, and prints again as it was, or is refused with a place in it. */
function holds(line: string): void {
  try {
    assert.equal(printFlow(parseFlow(line)), line)
  } catch (error) {
    if (!(error instanceof DumpFlowsError)) throw error
    assert.ok(error.column >= 1 && error.column <= line.length + 1, `column ${error.column} of ${line}`)
    assert.ok(error.message.startsWith(`column ${error.column}: expected ${error.expected}, found `))
  }
}

describe('any flow', () => {
  it('that the tables allow is read from its own line as it was', () => {
    fc.assert(
      fc.property(flow, (one) => assert.deepEqual(parseFlow(printFlow(one)), one)),
      { numRuns: 2000 },
    )
  })

  const sample = fc.constantFrom(...flows)
  const place = fc.double({ min: 0, max: 1, noNaN: true })
  const at = (line: string, where: number) => Math.round(where * line.length)
  const insert = fc.oneof(
    fc.stringMatching(/^[-,(){}=/: x0-9a-f+|[\]]{1,4}$/),
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom('0x', 'clone(', 'actions:', ', ', 'tunnel(', 'ct(nat(src=', 'geneve({', 'encap(', ')', '/0x1'),
  )

  it('with characters put in, taken out or changed is one that prints the same, or is refused', () => {
    const edit = fc.record({ where: place, remove: fc.integer({ min: 0, max: 3 }), insert })
    fc.assert(
      fc.property(sample, fc.array(edit, { minLength: 1, maxLength: 4 }), (line, edits) => {
        holds(
          edits.reduce((text, one) => {
            const from = at(text, one.where)
            return text.slice(0, from) + one.insert + text.slice(from + one.remove)
          }, line),
        )
      }),
      { numRuns: 5000 },
    )
  })

  it('whose beginning is of one flow and whose end of another is one that prints the same, or is refused', () => {
    fc.assert(
      fc.property(sample, place, sample, place, (one, until, other, from) => {
        holds(one.slice(0, at(one, until)) + other.slice(at(other, from)))
      }),
      { numRuns: 5000 },
    )
  })

  it('that is no flow at all is an item of a dump all the same', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          insert.map((text) => `in_port(${text}`),
        ),
        (line) => {
          assert.equal(printItem(parseLine(line, 1)), line)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('a line meant to break a parser', () => {
  const start = 'in_port(1), packets:0, bytes:0, used:never, actions:'
  const lines = {
    'with brackets in brackets without end': `${start}${'clone('.repeat(100_000)}`,
    'with nested attributes without end': 'encap('.repeat(100_000),
    'with options without end': `tunnel(geneve(${'{'.repeat(100_000)}`,
    'with a very long number': `recirc_id(${'9'.repeat(100_000)})`,
    'with a very long hexadecimal number': `ct_label(0x${'f'.repeat(100_000)})`,
    'with very many zeros': `recirc_id(0x${'0'.repeat(100_000)}1)`,
    'with very many flags': `ct_state(${'+trk'.repeat(50_000)})`,
    'with very many attributes': 'in_port(1),'.repeat(50_000),
    'with very many fields': `in_port(1)${', x:1,y'.repeat(50_000)}`,
    'with a NUL': 'in_port(1\0)',
    'with half a surrogate pair': 'in_port(\ud800)',
    'that is empty': '',
  }
  for (const [what, line] of Object.entries(lines)) {
    it(`${what} is read, or refused`, () => holds(line))
  }

  it('does not change how the next one is read', () => {
    const [line = ''] = flows
    holds(`recirc_id(${'1'.repeat(10_000)}`)
    assert.equal(printFlow(parseFlow(line)), line)
  })
})
