import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { ask, BYTES } from '../base/transcript.js'

/**
 * Files in which the kernel tells about itself (sysfs, procfs, its configuration), read in this one place. They come and go with what they
 * tell of: one that isn't there is undefined, an unreadable one is thrown.
 */

/** Without the white space around it. */
export function readText(path: string): string | undefined {
  return readBytes(path)?.toString('utf8').trim()
}

export function readBytes(path: string): Buffer | undefined {
  return ask('file', path, () => absent(() => readFileSync(path)), BYTES) as Buffer | undefined
}

/** Names in a folder, sorted; none where there is no such folder. */
export function listFolder(path: string): string[] {
  return ask('folder', path, () => absent(() => readdirSync(path).sort())) ?? []
}

/** Name of what a symbolic link points to. */
export function linkName(path: string): string | undefined {
  return ask('link', path, () => absent(() => basename(readlinkSync(path))))
}

function absent<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EINVAL' || code === 'ENODEV') return undefined
    throw error
  }
}
