import { strict as assert } from 'node:assert'
import { createReadStream } from 'node:fs'
import { type DumpItem, parseDump, printItem } from '../../../src/ovs/dump-flows/index.js'
import { linesOf } from '../../../src/ovs/lines.js'
import { sampleFile, sampleLines } from './samples.js'

async function itemsOf(lines: Iterable<string> | AsyncIterable<string>): Promise<DumpItem[]> {
  const items: DumpItem[] = []
  for await (const item of parseDump(lines)) items.push(item)
  return items
}

const FLOW = 'recirc_id(0),in_port(1), packets:0, bytes:0, used:never, actions:drop'

describe('a dump', () => {
  it('prints again as it was read, line by line from a file', async () => {
    const printed: string[] = []
    for await (const item of parseDump(linesOf(createReadStream(sampleFile)))) printed.push(printItem(item))
    assert.deepEqual(printed, sampleLines)
  })

  it('says which thread of the user-space data path the flows are of', async () => {
    const lines = [
      'flow-dump from the main thread:',
      'flow-dump from pmd on cpu core: 11',
      'flow-dump from non-dpdk interfaces:',
    ]
    const items = await itemsOf(lines)
    assert.deepEqual(items, [
      { kind: 'header', line: 1, indent: '', thread: 'main' },
      { kind: 'header', line: 2, indent: '', thread: 'pmd', core: 11 },
      { kind: 'header', line: 3, indent: '', thread: 'other', text: 'non-dpdk interfaces:' },
    ])
    assert.deepEqual(items.map(printItem), lines)
  })

  it('may be quoted, with text around it', async () => {
    const lines = [
      '$ ovs-appctl dpctl/dump-flows -m',
      '',
      `    ${FLOW}`,
      '\tflow-dump from the main thread:',
      '# end',
      '2024-01-01T00:00:00Z|00001|a warning',
    ]
    const items = await itemsOf(lines)
    assert.deepEqual(
      items.map(({ kind, line }) => [kind, line]),
      [
        ['other', 1],
        ['other', 2],
        ['flow', 3],
        ['header', 4],
        ['other', 5],
        ['other', 6],
      ],
    )
    assert.deepEqual(items.map(printItem), lines)
  })

  it('goes on behind a line that is like a flow and is none, and says where that stops making sense', async () => {
    const broken = FLOW.replace('in_port(1)', 'in_port(1')
    const [first, second, third] = await itemsOf([FLOW, broken, FLOW])
    assert.equal(first?.kind, 'flow')
    assert.equal(third?.kind, 'flow')
    assert.ok(second?.kind === 'error')
    assert.deepEqual(
      { line: second.line, text: second.text, column: second.error.column },
      { line: 2, text: broken, column: broken.length + 1 },
    )
    assert.match(second.error.message, /^column 69: expected "\)", found the end of the line$/)
  })

  it('is not read further than it is asked for', async () => {
    let read = 0
    function* lines() {
      for (; read < 1000; read += 1) yield FLOW
    }
    for await (const item of parseDump(lines())) if (item.line === 3) break
    assert.equal(read, 2)
  })
})
