import { strict as assert } from 'node:assert'
import { parse } from 'yaml'
import { columns, formatted } from '../../src/cli/output.js'

describe('a table', () => {
  it('has columns as wide as their widest cell, and nothing behind the last', () => {
    assert.equal(
      columns(
        ['VF', 'REPRESENTOR', 'VERDICT'],
        [
          ['0', 'pf0vf0', 'hardware'],
          ['10', 'a-long-name-of-a-netdev', 'software, by: tc'],
        ],
      ),
      [
        'VF  REPRESENTOR              VERDICT',
        '0   pf0vf0                   hardware',
        '10  a-long-name-of-a-netdev  software, by: tc',
      ].join('\n'),
    )
  })

  it('without rows is its heading', () => assert.equal(columns(['A', 'B'], []), 'A  B'))

  it('ends its lines with text also where cells are empty', () => {
    assert.equal(columns(['A', 'B'], [['x', '']]), 'A  B\nx')
  })
})

describe('a report', () => {
  const vf = { pf: '0000:d8:00.0', index: 0 }
  const report = { kind: 'Verify', items: [{ vf }, { vf }], summary: { text: 'ends with a line\n' } }
  const whole = { apiVersion: 'nicsteer/v1alpha1', ...report }
  const table = () => 'for people'

  it('is one object with its version in JSON and YAML, and the table otherwise', () => {
    assert.deepEqual(JSON.parse(formatted(report, 'json', table)), whole)
    assert.deepEqual(parse(formatted(report, 'yaml', table)), whole)
    assert.equal(formatted(report, 'table', table), 'for people')
  })

  it('says what items share in each of them', () => {
    assert.equal(formatted(report, 'yaml', table).match(/index: 0/g)?.length, 2)
  })
})
