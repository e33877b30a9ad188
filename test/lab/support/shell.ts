import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process'

/** Runs a program and returns its standard output; a failure throws with what it printed. */
export function run(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 })
  } catch (error) {
    const { stdout, stderr, status } = error as SpawnSyncReturns<string>
    throw new Error(`${program} ${args.join(' ')}: status ${status}: ${stderr}${stdout}`)
  }
}

/** The same in a network namespace. */
export function inNs(ns: string, program: string, ...args: string[]): string {
  return run('ip', 'netns', 'exec', ns, program, ...args)
}

/** A program's status and output, whatever they are. */
export function attempt(program: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  return { status, stdout, stderr }
}

/** Words of one command line; nothing is quoted in the tests' commands. */
export function sh(line: string): string {
  const [program = '', ...args] = line.trim().split(/\s+/)
  return run(program, ...args)
}
