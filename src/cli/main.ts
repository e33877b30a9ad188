#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander'
import { EXIT, reportError } from './errors.js'
import { FORMATS, Format } from './output.js'
import { packageVersion } from './version.js'

/** Each command's code is loaded when it is called: a start must be cheap. */
const program = new Command('nicsteer')
  .description(
    "Programs and proves tunnel offload of SR-IOV NICs: every VF's overlay packets leave by that VF's own NIC, in hardware.",
  )
  .version(packageVersion())
  .exitOverride()
  .configureOutput({ outputError: () => {} }) // reportError prints it

/** A command with the options that all have. */
function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('-o, --output <format>', `one of ${FORMATS.join(', ')}`, Format.parse, 'table')
}

const seconds = (text: string) => {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('give a number of seconds')
  return value
}
const FILE = ['-f, --file <file>', 'steering.yaml: kind Steering'] as const
const LOCK = ['--lock-wait <seconds>', 'how long to wait for another nicsteer', seconds, 10] as const

command('topology', 'NICs, PFs, VFs, representors, VTEPs, and what is missing between them').action(async (options) => {
  const { topology } = await import('./commands/topology.js')
  process.exitCode = topology(options)
})

command('apply', 'make the node’s rules those of the file, and verify them')
  .requiredOption(...FILE)
  .option('--keep', 'when something fails half-way, leave what was installed')
  .option('--strict', 'rules that no traffic has proven yet count as degraded')
  .option(...LOCK)
  .action(async (options) => {
    const { apply } = await import('./commands/apply.js')
    process.exitCode = await apply(options)
  })

command('verify', 'verdict and reason per rule')
  .option(FILE[0], `${FILE[1]}; without it, every rule that is installed and ours`)
  .option('--observe <seconds>', 'look twice, so many seconds apart, and judge by what moved', seconds)
  .option('--strict', 'rules that no traffic has proven yet count as degraded')
  .action(async (options) => {
    const { verify } = await import('./commands/verify.js')
    process.exitCode = await verify(options)
  })

command('clear', 'remove exactly what is ours')
  .option(...LOCK)
  .action(async (options) => {
    const { clear } = await import('./commands/clear.js')
    process.exitCode = await clear(options)
  })

// A reader that stops reading (`nicsteer rules | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed),
)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportError(error)
}
