import { NicsteerError } from '../../base/errors.js'
import { type Entry, Transcript } from '../../base/transcript.js'
import { type Files, readArchive, writeArchive } from './archive.js'

/** Raised when an older nicsteer could not read it. */
const VERSION = 1
const ABOUT = 'bundle.json'
const TRANSCRIPT = 'transcript.ndjson'

export interface About {
  version: typeof VERSION
  nicsteer: string
  /** ISO 8601. */
  collected: string
  /** What could not be read, and why; the rest is there. */
  problems: { what: string; why: string }[]
}

/** @param texts for people: file name and content */
export function writeBundle(
  path: string,
  {
    transcript,
    texts,
    ...about
  }: Omit<About, 'version'> & { transcript: Transcript; texts: ReadonlyMap<string, string> },
): void {
  const lines = [...transcript.entries()].map((entry) => JSON.stringify(entry))
  const files: Files = new Map([
    [ABOUT, Buffer.from(`${JSON.stringify({ version: VERSION, ...about }, null, 2)}\n`)],
    [TRANSCRIPT, Buffer.from(`${lines.join('\n')}\n`)],
    ...[...texts].map(([name, text]) => [`text/${name}`, Buffer.from(text)] as const),
  ])
  writeArchive(path, 'nicsteer-bundle', files, new Date(about.collected))
}

/** @throws NicsteerError NO_FILE, BAD_BUNDLE */
export function readBundle(path: string): { about: About; transcript: Transcript } {
  const files = readArchive(path)
  const bad = (why: string) =>
    new NicsteerError('BAD_BUNDLE', `${path} is no bundle: ${why}`, { hint: 'nicsteer collect writes one' })
  const [about, transcript] = [files.get(ABOUT), files.get(TRANSCRIPT)]
  if (about === undefined || transcript === undefined) throw bad(`it has no ${ABOUT} or no ${TRANSCRIPT}`)
  try {
    const read = JSON.parse(about.toString()) as About
    if (read.version !== VERSION) throw bad(`its version is ${read.version}, this nicsteer reads ${VERSION}`)
    return { about: read, transcript: Transcript.of(entriesOf(transcript)) }
  } catch (error) {
    throw error instanceof SyntaxError ? bad(error.message) : error
  }
}

/** Line by line: as one text it could be longer than a string can be. */
function* entriesOf(bytes: Buffer): Generator<Entry> {
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\n', at)
    const line = bytes.toString('utf8', at, end < 0 ? bytes.length : end)
    if (line !== '') yield JSON.parse(line) as Entry
    at = end < 0 ? bytes.length : end + 1
  }
}
