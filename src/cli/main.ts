#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander'
import { EXIT, reportError } from './errors.js'
import { FORMATS } from './output.js'
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

/** A command that only reads: of this node, or of a bundle in its place. */
function reader(name: string, description: string, formats: readonly string[] = FORMATS): Command {
  return command(name, description, program, formats)
    .option('--bundle <file>', 'answer from what nicsteer collect wrote, without the node')
    .hook('preAction', async (reads, called) => {
      const { bundle } = reads.opts<{ bundle?: string }>()
      if (bundle === undefined) return
      if (called !== reads) called.error(`${called.name()} changes the node: it has no use for --bundle`)
      const { useBundle } = await import('./bundle-file.js')
      useBundle(bundle)
    })
}

/** A command with the options that all have. */
function command(name: string, description: string, parent = program, formats: readonly string[] = FORMATS): Command {
  const known = (text: string) => {
    if (formats.includes(text)) return text
    throw new InvalidArgumentError(`use one of ${formats.join(', ')}`)
  }
  return parent
    .command(name)
    .description(description)
    .option('-o, --output <format>', `one of ${formats.join(', ')}`, known, 'table')
}

const seconds = (text: string) => {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0 || text.trim() === '')
    throw new InvalidArgumentError('give a number of seconds')
  return value
}
const duration = (text: string) => seconds(text.replace(/s$/, ''))
const watchSeconds = (text: string) => Math.max(seconds(text), 0.1)
const chain = (text: string) => {
  if (!/^\d+$/.test(text) || Number(text) > 0xffffffff) throw new InvalidArgumentError('give the number of a chain')
  return Number(text)
}
const FLOW_TYPES = ['all', 'ovs', 'tc', 'dpdk', 'offloaded', 'non-offloaded', 'partially-offloaded']
const FILE = ['-f, --file <file>', 'steering.yaml: kind Steering'] as const
const LOCK = ['--lock-wait <seconds>', 'how long to wait for another nicsteer', seconds, 10] as const

reader('topology', 'NICs, PFs, VFs, representors, VTEPs, and what is missing between them').action(async (options) => {
  const { topology } = await import('./commands/topology.js')
  process.exitCode = topology(options)
})

reader('plan', 'what apply would change, and why; nothing is changed')
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

reader('verify', 'verdict and reason per rule')
  .option(FILE[0], `${FILE[1]}; without it, every rule that is installed and ours`)
  .option(
    '--watch [seconds]',
    'print what changes, with the time, until interrupted; looks every second where none is given',
    watchSeconds,
  )
  .option('--ovs', 'also every flow of Open vSwitch')
  .option('--trace <time>', 'with --ovs: listen so long (10s) to why hardware refuses flows', duration)
  .option('--provoke', 'with --trace: has Open vSwitch offer all its flows again')
  .option('--observe <seconds>', 'look twice, so many seconds apart, and judge by what moved', seconds)
  .option('--strict', 'rules that no traffic has proven yet count as degraded')
  .option(
    '--probe',
    'offer hardware a twin of each rule that it did not take, and take it back: errno and text, approximate',
  )
  .action(async (options) => {
    const { verify } = await import('./commands/verify.js')
    process.exitCode = await verify({ ...options, ...(options.watch === true && { watch: 1 }) })
  })

reader(
  'flows',
  'Open vSwitch’s flows, each with verdict, VF, expected and actual local_ip, and reason; -o dump: the plain lines',
  [...FORMATS, 'dump'],
)
  .option('--file <file>', 'a saved dump (dpctl/dump-flows -m) instead of this node’s; - is standard input')
  .option('--steering <file>', FILE[1])
  .option('--observe <seconds>', 'look twice, so many seconds apart, and judge by what moved', seconds)
  .option('--vf <vf>', 'only from or to this VF: PF/NUMBER or representor')
  .addOption(new Option('--type <type>', 'only these, as in dpctl/dump-flows').choices(FLOW_TYPES))
  .option('--verdict <word>', 'only with this verdict')
  .option('--reason <code>', 'only with this reason')
  .action(async (options) => {
    const { flows } = await import('./commands/flows.js')
    process.exitCode = await flows(options)
  })

reader('explain', 'follow a packet from a VF to somebody: every look-up, what it found, and what is wrong')
  .requiredOption(
    '--from <endpoint>',
    'a VF of this node (PF/NUMBER, PCI address, representor, netdev) or a pod (iface-id)',
  )
  .requiredOption(
    '--to <endpoint>',
    'a MAC, an IP of the steering file or of OVN, a VF or a pod (iface-id, or OVN’s logical port)',
  )
  .option(FILE[0], `${FILE[1]}; without it, by what is installed`)
  .option('--strict', 'a rule that no traffic has proven yet counts as degraded')
  .action(async (options) => {
    const { explain } = await import('./commands/explain.js')
    process.exitCode = await explain(options)
  })

command('clear', 'remove exactly what is ours')
  .option(...LOCK)
  .action(async (options) => {
    const { clear } = await import('./commands/clear.js')
    process.exitCode = await clear(options)
  })

program
  .command('collect')
  .description('save everything that the commands read, for someone else’s --bundle; no secrets go in')
  .requiredOption('-o, --output <file>', 'bundle.tgz')
  .option(FILE[0], `${FILE[1]}; then plan, verify and explain can answer for it`)
  .option('--observe <seconds>', 'how long traffic is watched', seconds, 2)
  .action(async (options) => {
    const { collect } = await import('./commands/collect.js')
    process.exitCode = await collect(options)
  })

command('reasons', 'why rules are not in hardware: the catalogue, or one reason with all that is known of it')
  .argument('[code]', 'a reason’s code, or a text of the kernel as its log has it')
  .action(async (code, options) => {
    const { reasons } = await import('./commands/reasons.js')
    process.exitCode = reasons(code, options)
  })

reader('doctor', 'checks of kernel, NICs, VTEPs, routing and Open vSwitch; each with a fix')
  .option(FILE[0], `${FILE[1]}; then also what that file needs`)
  .action(async (options) => {
    const { doctor } = await import('./commands/doctor.js')
    process.exitCode = await doctor(options)
  })

const rules = reader('rules', 'all rules of the node, decoded; -o json prints what rules load takes')
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
