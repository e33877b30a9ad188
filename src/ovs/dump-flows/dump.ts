import { DumpFlowsError } from './error.js'
import { type Flow, parseFlow, printFlow } from './flow.js'

/** Whose flows follow in a dump of the user-space data path: dpctl_dump_flows() of lib/dpctl.c. */
export type DumpThread = { thread: 'main' } | { thread: 'pmd'; core: number } | { thread: 'other'; text: string }

/** A line of a dump; `line` is its number, from 1. `indent` is white space in front, which quoting a dump may have added. */
export type DumpItem =
  | { kind: 'flow'; line: number; indent: string; flow: Flow }
  | ({ kind: 'header'; line: number; indent: string } & DumpThread)
  /** Looks like a flow, and is none. */
  | { kind: 'error'; line: number; text: string; error: DumpFlowsError }
  /** Does not look like a flow: an empty line, a prompt, a comment. */
  | { kind: 'other'; line: number; text: string }

const HEADER = 'flow-dump from '
const MAIN = 'the main thread:'
const PMD = /^pmd on cpu core: (0|[1-9]\d{0,9})$/
const INDENT = /^[ \t]*/
/** How a flow begins: with its UFID, or with an attribute of its key. */
const FLOW = /^(?:ufid:|[a-z]\w*\()/

/** Reads a dump line by line and holds none of it: what a line says is the caller's to keep. */
export async function* parseDump(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<DumpItem> {
  let line = 0
  for await (const text of lines) {
    line += 1
    yield parseLine(text, line)
  }
}

export function parseLine(text: string, line: number): DumpItem {
  const indent = INDENT.exec(text)?.[0] ?? ''
  const rest = indent === '' ? text : text.slice(indent.length)
  if (rest.startsWith(HEADER)) return { kind: 'header', line, indent, ...threadOf(rest.slice(HEADER.length)) }
  if (!FLOW.test(rest)) return { kind: 'other', line, text }
  try {
    return { kind: 'flow', line, indent, flow: parseFlow(rest) }
  } catch (error) {
    if (!(error instanceof DumpFlowsError)) throw error
    return { kind: 'error', line, text, error }
  }
}

/** The line that {@link parseDump} reads as this item. */
export function printItem(item: DumpItem): string {
  switch (item.kind) {
    case 'flow':
      return item.indent + printFlow(item.flow)
    case 'header':
      return item.indent + HEADER + showThread(item)
    default:
      return item.text
  }
}

function threadOf(text: string): DumpThread {
  if (text === MAIN) return { thread: 'main' }
  const core = PMD.exec(text)?.[1]
  return core === undefined ? { thread: 'other', text } : { thread: 'pmd', core: Number(core) }
}

function showThread(item: DumpThread): string {
  if (item.thread === 'main') return MAIN
  return item.thread === 'pmd' ? `pmd on cpu core: ${item.core}` : item.text
}
