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
  .enablePositionalOptions() // `rules load -o json` gives the option to `load`
  .configureOutput({ outputError: () => {} }) // reportError prints it

/** A command with the options that all have. */
function command(name: string, description: string, parent = program): Command {
  return parent
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
const chain = (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) > 0xffffffff) throw new InvalidArgumentError('give the number of a chain')
  return Number(text)
}
const FILE = ['-f, --file <file>', 'steering.yaml: kind Steering'] as const
const LOCK = ['--lock-wait <seconds>', 'how long to wait for another nicsteer', seconds, 10] as const

command('topology', 'NICs, PFs, VFs, representors, VTEPs, and what is missing between them').action(async (options) => {
  const { topology } = await import('./commands/topology.js')
  process.exitCode = topology(options)
})

command('plan', 'what apply would change, and why; nothing is changed')
  .requiredOption(...FILE)
  .action(async (options) => {
    const { plan } = await import('./commands/plan.js')
    process.exitCode = await plan(options)
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
  .option(
    '--probe',
    'offer hardware a twin of each rule that it did not take, and take it back: errno and text, approximate',
  )
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

const rules = command('rules', 'all rules of the node, decoded; -o json prints what rules load takes')
  .enablePositionalOptions()
  .option('--dev <device>', 'only of this device')
  .option('--chain <number>', 'only of this chain', chain)
  .option('--kind <kind>', 'only of this kind: flower, matchall …')
  .option('--ours', 'only what nicsteer made')
  .option('--foreign', 'only what others made')
  .action(async (options) => {
    const { rules } = await import('./commands/rules.js')
    process.exitCode = await rules(options)
  })

command('load', 'install the rules of a file that rules -o json (or yaml) printed', rules)
  .argument('<file>', '- is standard input')
  .option('--replace', 'put a rule of the file in the place of another one that matches the same')
  .option('--keep', 'when something fails half-way, leave what was installed')
  .option('--dry-run', 'only say what would be done; exit status 2 when there is something')
  .option(...LOCK)
  .action(async (file, options) => {
    const { rulesLoad } = await import('./commands/rules-load.js')
    process.exitCode = await rulesLoad(file, options)
  })

const trace = program.command('trace').description('what happens on this node, live')

command('extack', 'every rule that hardware refuses: who offered it, what the kernel said', trace)
  .option('--seconds <seconds>', 'how long; without it until Ctrl-C', seconds)
  .option('--all-netns', 'rules of every network namespace, not only of this one')
  .action(async (options) => {
    const { traceExtack } = await import('./commands/trace-extack.js')
    process.exitCode = await traceExtack(options)
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
