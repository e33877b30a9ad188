import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const OBJECTS = 'dist/bpf/'

/** The compiled file of one of our own programs, by its source's name in bpf/: `extack`. */
export function objectPath(name: string): string {
  // The sources are in dist, or in build: how far it is up to the package differs.
  let folder = new URL('.', import.meta.url)
  while (!existsSync(new URL(OBJECTS, folder)) && folder.pathname !== '/') folder = new URL('..', folder)
  return fileURLToPath(new URL(`${OBJECTS}${name}.o`, folder))
}
