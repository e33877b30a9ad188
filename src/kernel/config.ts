import { release as runningRelease } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ask } from '../base/transcript.js'
import { readBytes } from './files.js'

export interface KernelConfig {
  /** File that the answers come from; missing where none can be read. */
  source?: string
  /**
   * @param name with or without `CONFIG_`
   * @returns `n` also for what a readable configuration doesn't name: Kconfig leaves out what depends on something that is off. undefined:
   * can't be known, or the option is a number or a text
   */
  get(name: string): 'y' | 'm' | 'n' | undefined
}

/** As `uname -r`. */
export function kernelRelease(): string {
  return ask('node', 'release', runningRelease)
}

/**
 * How the running kernel was built. /proc/config.gz is its own word (CONFIG_IKCONFIG_PROC); the others are what distributions install
 * with it: Debian and Ubuntu in /boot, Fedora and RHEL also beside the modules. In a container often none of them is there.
 * @param root where the system's files are
 * @param release of the running kernel, as `uname -r`
 */
export function kernelConfig(root = '/', release = kernelRelease()): KernelConfig {
  const files = ['proc/config.gz', `boot/config-${release}`, `lib/modules/${release}/config`]
  for (const path of files.map((file) => join(root, file))) {
    const values = read(path)
    if (values !== undefined) return { source: path, get: (name) => answer(values, name) }
  }
  return { get: () => undefined }
}

function answer(values: ReadonlyMap<string, string>, name: string): 'y' | 'm' | 'n' | undefined {
  const value = values.get(name.replace(/^CONFIG_/, '')) ?? 'n'
  return value === 'y' || value === 'm' || value === 'n' ? value : undefined
}

/** undefined for a file that can't be read, or isn't a kernel's configuration. */
function read(path: string): Map<string, string> | undefined {
  try {
    const bytes = readBytes(path)
    if (bytes === undefined) return undefined
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
    // Options that are off stand in a comment, `# CONFIG_X is not set`: what is not named is off as well.
    const values = [...text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)].map(
      ([, name = '', value = '']) => [name, value] as const,
    )
    return values.length === 0 ? undefined : new Map(values)
  } catch {
    return undefined
  }
}
