#!/usr/bin/env node
// scripts/make-schemas: writes docs/schema/*.json from their zod definitions. Needs `npm run build`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { jsonSchemas, schemaText } from '../dist/cli/schemas.js'

const folder = fileURLToPath(new URL('../docs/schema/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const [name, schema] of Object.entries(jsonSchemas())) writeFileSync(folder + name, schemaText(schema))
