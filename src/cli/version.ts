import { existsSync, readFileSync } from 'node:fs'

/** Version of this package, from the closest package.json above. */
export function packageVersion(): string {
  let folder = new URL('./', import.meta.url)
  while (!existsSync(new URL('package.json', folder))) folder = new URL('../', folder)
  return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).version
}
