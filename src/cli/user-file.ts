import { readFileSync } from 'node:fs'
import { NicsteerError } from '../base/errors.js'
import { transcriptInUse } from '../base/transcript.js'

/**
 * Text of a user's file; `-` is standard input. A bundle has the files that it was collected with; others are read here.
 * @throws NicsteerError NO_FILE
 */
export function readUserFile(file: string, hint: string): string {
  const name = `given: ${file}`
  const inUse = transcriptInUse()
  const known = inUse?.transcript.answer('file', name)?.value
  if (typeof known === 'string') return known
  const text = readHere(file, hint)
  if (inUse?.mode === 'record') inUse.transcript.add('file', name, { value: text })
  return text
}

function readHere(file: string, hint: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : `it cannot be read (${code})`
    throw new NicsteerError('NO_FILE', `${file}: ${why}`, { hint, cause: error })
  }
}

/** What the file is called in messages. */
export function fileName(file: string): string {
  return file === '-' ? '<stdin>' : file
}
