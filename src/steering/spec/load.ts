import type { z } from 'zod'
import { NicsteerError } from '../../base/errors.js'
import type { Finding, Path, Steering } from '../model.js'
import type { Refuse } from '../resolve.js'
import { contradictions } from './check.js'
import { meaningOf, type SteeringFile, steeringFile } from './schema.js'
import { readYaml, type YamlSource } from './source.js'

export interface LoadedSteering {
  steering: Steering
  /** What was found out on the way here, besides. */
  findings: readonly Finding[]
  /** Makes a refusal that names the file and the line of a part of it. */
  refuse: Refuse
}

/**
 * Reads and checks the text of a `kind: Steering` file. Where it says that its networks come from OVN, or names a VF by iface-id, there is
 * something left to be read: offload/complete.ts.
 * @param file its name, for messages
 * @throws NicsteerError BAD_YAML, BAD_SPEC, or the code of a contradiction; with file and line. Of several the first in the file.
 */
export function loadSteering(text: string, file: string): LoadedSteering {
  const source = readYaml(text, file)
  const refuse: Refuse = (path, code, what, hint) =>
    new NicsteerError(code, what, { hint, file, line: source.line(path) })
  const checked = steeringFile.safeParse(source.value)
  if (!checked.success)
    throw firstProblem(
      checked.error.issues.flatMap((issue) => problemsOf(issue, source)),
      file,
    )
  refuseUnsupported(checked.data, refuse)
  const steering = meaningOf(checked.data)
  const found = contradictions(steering).map(({ path, code, what, hint }) => ({
    line: source.line(path),
    code,
    what,
    hint,
  }))
  if (found.length > 0) throw firstProblem(found, file)
  return { steering, refuse, findings: [] }
}

/** What the file format has and this version cannot do: refused rather than ignored. */
function refuseUnsupported({ spec }: SteeringFile, refuse: Refuse): void {
  if (spec.fallback !== 'all') return
  const hint = 'write fallback: never; refused rules stay in TC software'
  throw refuse(['spec', 'fallback'], 'NOT_SUPPORTED', 'fallback: all is not supported yet', hint)
}

interface Problem {
  line: number
  code: string
  what: string
  hint: string
}

function firstProblem(problems: Problem[], file: string): NicsteerError {
  const [first, ...others] = problems.sort((a, b) => a.line - b.line)
  const { line, code, what, hint } = first ?? {
    line: 1,
    code: 'BAD_SPEC',
    what: 'the file is not a Steering',
    hint: 'see examples/',
  }
  const more = others.length > 0 ? ` (and ${others.length} more)` : ''
  return new NicsteerError(code, `${what}${more}`, { hint, file, line })
}

function problemsOf(issue: z.core.$ZodIssue, source: YamlSource): Problem[] {
  const path = issue.path as Path
  const where = showPath(path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      line: source.keyLine(path, key),
      code: 'BAD_SPEC',
      what: `${where}${where ? '.' : ''}${key} is not a known field`,
      hint: 'docs/schema/steering.json lists the fields',
    }))
  }
  const what = isAbsent(source.value, path) ? `${where} is missing` : `${where || 'the file'}: ${issue.message}`
  return [{ line: source.line(path), code: 'BAD_SPEC', what, hint: 'see docs/schema/steering.json and examples/' }]
}

/** `spec.networks[0].local[1].mac` */
function showPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    '',
  )
}

function isAbsent(value: unknown, path: Path): boolean {
  let at = value
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return false
    at = (at as Record<string | number, unknown>)[part]
  }
  return at === undefined
}
