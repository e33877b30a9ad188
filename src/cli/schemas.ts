import { z } from 'zod'
import { steeringFile } from '../steering/spec/schema.js'
import { REPORTS } from './report-schema.js'

/** The JSON Schemas of docs/schema by file name: the file users write, and what `-o json` prints. */
export function jsonSchemas(): Record<string, object> {
  const reports = Object.entries(REPORTS).map(
    ([name, schema]) => [`${name}.json`, z.toJSONSchema(schema, { io: 'input' })] as const,
  )
  // `input`: what a user writes, before defaults are filled in; and reports open for fields to come.
  return { 'steering.json': z.toJSONSchema(steeringFile, { io: 'input' }), ...Object.fromEntries(reports) }
}

/** As the file is written. */
export function schemaText(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}
