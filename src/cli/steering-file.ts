import { readFileSync } from 'node:fs'
import { NicsteerError } from '../base/errors.js'
import { type LoadedSteering, loadSteering } from '../steering/spec/load.js'

/** Reads a user's file; `-` is standard input. @throws NicsteerError NO_FILE, and what loadSteering throws */
export function readSteering(file: string): LoadedSteering {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : `it cannot be read (${code})`
    throw new NicsteerError('NO_FILE', `${file}: ${why}`, {
      hint: 'give a kind: Steering file; examples/ has some',
      cause: error,
    })
  }
  return loadSteering(text, file === '-' ? '<stdin>' : file)
}
