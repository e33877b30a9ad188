import { NicsteerError } from '../base/errors.js'
import { type PortableFilter, showPath } from '../offload/rules/portable.js'
import type { Refuse } from '../steering/resolve.js'
import { readYaml, type YamlSource } from '../steering/spec/source.js'
import { rulesFile } from './report-schema.js'
import { fileName, readUserFile } from './user-file.js'

export interface RulesFile {
  /** Their outermost fields are checked; what they match and do is not. */
  rules: PortableFilter[]
  /** Makes a refusal that names the file and, in YAML, the line. */
  refuse: Refuse
}

/** Reads what `rules` printed as JSON or YAML; `-` is standard input. @throws NicsteerError NO_FILE, BAD_YAML, BAD_SPEC */
export function readRules(file: string): RulesFile {
  return parseRules(readUserFile(file, 'give what nicsteer rules -o json printed'), fileName(file))
}

/** @param file its name, for messages */
export function parseRules(text: string, file: string): RulesFile {
  const { value, line } = parseJson(text) ?? readYaml(text, file)
  const refuse: Refuse = (path, code, what, hint) => {
    const at = line?.(path)
    return new NicsteerError(code, what, { hint, file, ...(at !== undefined && { line: at }) })
  }
  const checked = rulesFile.safeParse(value)
  if (checked.success) {
    // What was true when the rules were listed is no part of them.
    const rules = checked.data.items.map(({ state: _, ...rule }) => rule)
    return { rules: rules as unknown as PortableFilter[], refuse }
  }
  const [issue] = checked.error.issues
  const path = (issue?.path ?? []) as (string | number)[]
  throw refuse(
    path,
    'BAD_SPEC',
    `${showPath(path) || 'the file'}: ${issue?.message}`,
    'docs/schema/rules.json has the fields',
  )
}

/** JSON is YAML too, but a hundred thousand rules are read by its own parser in a moment. Lines are not known then. */
function parseJson(text: string): (Pick<YamlSource, 'value'> & Partial<YamlSource>) | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
