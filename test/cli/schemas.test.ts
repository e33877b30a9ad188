import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { jsonSchemas, schemaText } from '../../src/cli/schemas.js'
import { changed, FILE } from '../steering/sample.js'

const folder = new URL('../../../docs/schema/', import.meta.url)

describe('docs/schema', () => {
  const schemas = jsonSchemas()

  it('has a schema for each format, and no other', () => {
    assert.deepEqual(readdirSync(folder).sort(), Object.keys(schemas).sort())
  })

  for (const [name, schema] of Object.entries(schemas)) {
    it(`${name} is what its zod definition says (npm run build && scripts/make-schemas.mjs)`, () => {
      assert.equal(readFileSync(new URL(name, folder), 'utf8'), schemaText(schema))
    })
  }

  /** What is published, read as any other tool would read it. */
  const published = (name: string) => z.fromJSONSchema(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))

  it('steering.json takes what nicsteer takes, and refuses what it refuses', () => {
    const steering = published('steering.json')
    const taken = (text: string) => steering.safeParse(parse(text)).success
    assert.equal(taken(FILE), true)
    assert.equal(taken(changed('options: ovn', 'options: [{class: 1, type: 2, data: "01020304"}]')), true)
    const fromOvn = FILE.slice(0, FILE.indexOf('  encapsulation'))
    assert.equal(taken(`${fromOvn}  source: ovn\n`), true)
    assert.equal(taken(`${fromOvn}  source: {ovn: {southbound: "tcp:[::1]:6642", stateless: [train]}}\n`), true)
    for (const wrong of [
      `${fromOvn}  source: nb\n`,
      changed('vtep: 10.0.0.1}', 'vtep: 10.0.0.1, speed: 100}'),
      changed('      vni: 5001\n', ''),
      changed('vni: 5001', 'vni: 16777216'),
      changed('vni: 5001', 'vni: many'),
      changed('type: geneve', 'type: gre'),
      changed('options: ovn', 'options: [{class: 1, type: 2, data: "010203"}]'),
      changed('kind: Steering', 'kind: Node'),
    ])
      assert.equal(taken(wrong), false, wrong)
  })

  it('of reports leave room for fields to come, and for no field to go', () => {
    const clear = published('clear.json')
    const report = {
      apiVersion: 'nicsteer/v1alpha1',
      kind: 'Clear',
      items: [],
      summary: { rules: 1, devices: ['nicsteer-gnv'], qdiscs: 2, foreign: 0 },
    }
    assert.equal(clear.safeParse(report).success, true)
    assert.equal(clear.safeParse({ ...report, more: 1, summary: { ...report.summary, more: 1 } }).success, true)
    const { foreign: _, ...less } = report.summary
    assert.equal(clear.safeParse({ ...report, summary: less }).success, false)
  })
})
