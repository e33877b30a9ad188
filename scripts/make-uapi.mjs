// npm run uapi: writes src/kernel/uapi.ts, the numbers that src/kernel, test and bench use of the UAPI headers of the lab's kernel (6.12).
// A name is used where it stands in attribute('NAME'…), repeated('NAME'…), repeatedInOne('NAME'…) or uapi.NAME.
//   --compiler COMMAND  a C compiler that finds those headers; the one in the lab's root file system without this
//   --stdout            prints the file instead of writing it
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const project = fileURLToPath(new URL('..', import.meta.url))
const target = join(project, 'src/kernel/uapi.ts')

const HEADERS = [
  'sys/socket.h',
  'linux/sockios.h',
  'linux/if.h',
  'linux/if_ether.h',
  'linux/netlink.h',
  'linux/genetlink.h',
  'linux/rtnetlink.h',
  'linux/if_link.h',
  'linux/if_addr.h',
  'linux/veth.h',
  'linux/neighbour.h',
  'linux/fib_rules.h',
  'linux/gen_stats.h',
  'linux/pkt_sched.h',
  'linux/pkt_cls.h',
  'linux/tc_act/tc_bpf.h',
  'linux/tc_act/tc_connmark.h',
  'linux/tc_act/tc_csum.h',
  'linux/tc_act/tc_ct.h',
  'linux/tc_act/tc_ctinfo.h',
  'linux/tc_act/tc_defact.h',
  'linux/tc_act/tc_gact.h',
  'linux/tc_act/tc_gate.h',
  'linux/tc_act/tc_ife.h',
  'linux/tc_act/tc_mirred.h',
  'linux/tc_act/tc_mpls.h',
  'linux/tc_act/tc_nat.h',
  'linux/tc_act/tc_pedit.h',
  'linux/tc_act/tc_sample.h',
  'linux/tc_act/tc_skbedit.h',
  'linux/tc_act/tc_skbmod.h',
  'linux/tc_act/tc_tunnel_key.h',
  'linux/tc_act/tc_vlan.h',
  'linux/netfilter/nfnetlink.h',
  'linux/netfilter/nfnetlink_conntrack.h',
  'linux/netfilter/nf_conntrack_common.h',
  'linux/devlink.h',
  'linux/ethtool.h',
  'linux/ethtool_netlink.h',
]

const { values } = parseArgs({ options: { compiler: { type: 'string' }, stdout: { type: 'boolean' } } })
const text = render(valuesOf(usedNames()))
if (values.stdout) process.stdout.write(text)
else writeFileSync(target, text)

function usedNames() {
  const names = new Set()
  const files = ['src/kernel', 'test', 'bench'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(project, folder, name),
    ),
  )
  for (const file of files) {
    if (!file.endsWith('.ts') || file === target) continue
    const source = readFileSync(file, 'utf8')
    for (const [, name] of source.matchAll(/\b(?:attribute|repeated|repeatedInOne)\(\s*'([A-Z]\w+)'/g)) names.add(name)
    for (const [, name] of source.matchAll(/\buapi\.([A-Z]\w+)/g)) names.add(name)
  }
  return [...names].sort()
}

/** The compiler writes each number into its assembly, so nothing has to be run. */
function valuesOf(names) {
  const program = [
    '#include <stddef.h>',
    ...HEADERS.map((header) => `#include <${header}>`),
    'void numbers(void) {',
    ...names.map((name) => `  asm volatile("->${name} %0" : : "i"((long long)(${name})));`),
    '}',
  ].join('\n')
  const [command, ...args] = (values.compiler ?? labCompiler()).split(' ')
  const compiled = spawnSync(command, [...args, '-w', '-pipe', '-O1', '-S', '-x', 'c', '-o', '-', '-'], {
    input: program,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  })
  if (compiled.status !== 0) {
    process.stderr.write(compiled.stderr || String(compiled.error))
    process.stderr.write(
      'error: BAD_NAME: the headers lack a name that src/kernel uses — see the compiler’s lines above\n',
    )
    process.exit(1)
  }
  return new Map(
    [...compiled.stdout.matchAll(/->(\w+) [$#]?(-?\d+)$/gm)].map(([, name, value]) => [name, Number(value)]),
  )
}

function labCompiler() {
  const paths = execFileSync(join(project, 'hack/lab/build'), ['--paths'], { encoding: 'utf8' }).split('\n')
  return `chroot ${paths[0]}/files gcc`
}

function render(numbers) {
  const lines = [...numbers].map(([name, value]) => `  ${name}: ${value > 255 ? `0x${value.toString(16)}` : value},`)
  return [
    '// Made by `npm run uapi` from the UAPI headers of Linux 6.12; a test in the lab makes it again and compares.',
    'export const uapi = {',
    ...lines,
    '} as const',
    '',
    '/** A number of the UAPI by its name in the headers. */',
    'export type UapiName = keyof typeof uapi',
    '',
  ].join('\n')
}
