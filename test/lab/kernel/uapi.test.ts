import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../support/shell.js'

const SOURCES = fileURLToPath(new URL('../../../../src/kernel', import.meta.url))

/** Headers that declare what the tables name. */
const HEADERS = [
  'devlink',
  'ethtool_netlink',
  'fib_rules',
  'gen_stats',
  'genetlink',
  'if_addr',
  'if_link',
  'neighbour',
  'netlink',
  'pkt_cls',
  'pkt_sched',
  'rtnetlink',
  'tc_act/tc_csum',
  'tc_act/tc_gact',
  'tc_act/tc_mirred',
  'tc_act/tc_skbedit',
  'tc_act/tc_tunnel_key',
  'tc_act/tc_vlan',
]

/** Constants of ours that have the UAPI's name. */
const PREFIXES = /^(RTM|NLM_F|NLMSG|NLA_F|NTF|ETH_P|DEVLINK_CMD|CTRL_CMD|GENL_ID|FIB_RULE|RTEXT|TCA|TC_H)_/

describe('kernel numbers', () => {
  it('are those of the UAPI headers', () => {
    const text = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(SOURCES, name), 'utf8'))
      .join('\n')
    const attributes = [...text.matchAll(/(?:attribute|repeated|repeatedInOne)\(\s*(\d+),\s*'(\w+)'/g)].map(
      ([, number = '', name = '']) => ({ name, number }),
    )
    const constants = [...text.matchAll(/const ([A-Z][A-Z0-9_]+) = (0x[0-9a-f]+|\d+)$/gm)]
      .map(([, name = '', number = '']) => ({ name, number }))
      .filter(({ name }) => PREFIXES.test(name))
    assert.ok(attributes.length > 250 && constants.length > 30, `${attributes.length} and ${constants.length} found`)
    assert.deepEqual(wrong([...attributes, ...constants]), '')
  })
})

/** Lines about numbers that the compiler sees otherwise. */
function wrong(numbers: { name: string; number: string }[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'nicsteer-uapi-'))
  try {
    const checks = numbers.map(
      ({ name, number }) =>
        `if ((unsigned)(${name}) != ${number}u) printf("${name} is %u, not ${number}\\n", (unsigned)(${name}));`,
    )
    const includes = ['sys/socket', 'linux/if_ether', ...HEADERS.map((name) => `linux/${name}`)]
    const source = [
      '#include <stdio.h>',
      ...includes.map((name) => `#include <${name}.h>`),
      'int main(void) {',
      ...checks,
      '}',
    ]
    writeFileSync(join(directory, 'check.c'), source.join('\n'))
    run('gcc', '-w', '-o', join(directory, 'check'), join(directory, 'check.c'))
    return run(join(directory, 'check'))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
