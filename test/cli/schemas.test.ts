import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { jsonSchemas, schemaText } from '../../src/cli/schemas.js'

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
})
