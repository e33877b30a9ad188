import { type Alias, type Document, isMap, isNode, isPair, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml'
import { NicsteerError } from '../../base/errors.js'
import type { Path } from '../model.js'

/** A YAML text as a value that still knows on which line each of its parts stands. */
export interface YamlSource {
  value: unknown
  /** 1-based line of what the path names, or of the closest thing around it that exists. */
  line(path: Path): number
  /** 1-based line of a key of the map that the path names. */
  keyLine(path: Path, key: string): number
}

/** @throws NicsteerError BAD_YAML with file and line: syntax errors, duplicate keys, unknown anchors, not exactly one document */
export function readYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter()
  // logLevel: what is odd comes as our own error; the parser is not to write to standard error.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: true, logLevel: 'error' } as const
  const documents = parseAllDocuments(text, options)
  const lineAt = (offset: number) => lines.linePos(offset).line
  const refuse = (what: string, hint: string, offset: number) =>
    new NicsteerError('BAD_YAML', what, { hint, file, line: lineAt(offset) })

  if (!Array.isArray(documents) || documents.length === 0) throw refuse('the file is empty', 'see examples/', 0)
  for (const document of documents) {
    // A warning is something that the parser did not understand: an unknown tag.
    const error = document.errors[0] ?? document.warnings[0]
    if (error) throw refuse(error.message.replace(/\s+/g, ' '), 'correct the YAML', error.pos[0])
  }
  const [document, second] = documents
  if (second) throw refuse('the file has more than one YAML document', 'one file, one document', second.range[0])

  let value: unknown
  try {
    value = document?.toJS()
  } catch (error) {
    // What yaml throws for an alias without its anchor, and for aliases of aliases that would fill the memory.
    if (!(error instanceof ReferenceError)) throw error
    throw refuse(error.message, 'write the value out', badAlias(document)?.range?.[0] ?? 0)
  }

  const nodeAt = (path: Path): unknown => (path.length === 0 ? document?.contents : document?.getIn(path, true))
  const startOf = (node: unknown) => (isNode(node) ? node.range?.[0] : undefined)
  return {
    value,
    line(path) {
      for (let length = path.length; length >= 0; length -= 1) {
        const start = startOf(nodeAt(path.slice(0, length)))
        if (start !== undefined) return lineAt(start)
      }
      return 1
    },
    keyLine(path, key) {
      const map = nodeAt(path)
      const pair = isMap(map)
        ? map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
        : undefined
      const start = startOf(pair?.key)
      return start === undefined ? this.line(path) : lineAt(start)
    },
  }
}

/** The first alias whose anchor does not exist; where all do, the first of all. */
function badAlias(document: Document | undefined): Alias | undefined {
  const aliases: Alias[] = []
  visit(document ?? null, {
    Alias: (_, alias) => {
      aliases.push(alias)
    },
  })
  return aliases.find((alias) => document !== undefined && alias.resolve(document) === undefined) ?? aliases[0]
}
