import { accessSync, constants, renameSync, rmSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Header, list, type ReadEntry } from 'tar'
import { NicsteerError } from '../../base/errors.js'

/** Name in the archive, without folders at the front, and what is in it. */
export type Files = ReadonlyMap<string, Buffer>

/** tar(5): everything in it begins at a multiple of this. */
const BLOCK = 512
const FILE_MODE = 0o644

/** Writes a .tgz whose files are below one folder; the path has the whole of it or what it had before. @throws NicsteerError NOT_WRITTEN */
export function writeArchive(path: string, folder: string, files: Files, mtime: Date): void {
  const blocks = [...files].flatMap(([name, bytes]) => {
    const header = new Header({ path: `${folder}/${name}`, size: bytes.length, mode: FILE_MODE, mtime, type: 'File' })
    header.encode()
    return [header.block as Buffer, bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]
  })
  const archive = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]))
  const part = `${path}.part`
  try {
    writeFileSync(part, archive, { mode: 0o600 })
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    const { code } = error as NodeJS.ErrnoException
    throw new NicsteerError('NOT_WRITTEN', `${path} cannot be written: ${code}`, { cause: error })
  }
}

/** @throws NicsteerError NO_FILE, BAD_BUNDLE */
export function readArchive(path: string): Files {
  const files = new Map<string, Buffer>()
  const keep = (entry: ReadEntry) => {
    const name = entry.path.replace(/^[^/]*\//, '')
    const chunks: Buffer[] = []
    entry.on('data', (chunk) => chunks.push(chunk))
    entry.on('end', () => files.set(name, Buffer.concat(chunks)))
  }
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    throw new NicsteerError('NO_FILE', `${path}: ${(error as NodeJS.ErrnoException).code}`, { cause: error })
  }
  try {
    list({ file: path, sync: true, strict: true, onReadEntry: keep })
  } catch (error) {
    throw new NicsteerError('BAD_BUNDLE', `${path} is no bundle: ${(error as Error).message}`, {
      hint: 'nicsteer collect writes one',
      cause: error,
    })
  }
  return files
}
