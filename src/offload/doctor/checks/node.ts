import { type Check, ok, outcome, skip, warn } from '../check.js'

/** Whether the doctor could look, and what it was asked about. */
export const nodeChecks: readonly Check[] = [
  {
    id: 'node.root',
    title: 'all of the node can be read',
    looksAt: 'the user that asks',
    judge: ({ root }) =>
      root
        ? ok('as root')
        : outcome(
            [warn('eswitch modes, Open vSwitch and BPF take root: they were not looked at', 'run it with sudo')],
            [],
            '',
          ),
  },
  {
    id: 'steering.file',
    title: 'the file can be carried out here',
    looksAt: 'the file, and what it names on this node',
    judge({ wanted }) {
      if (wanted === undefined) return skip('no file was given (-f FILE)')
      const { refusal, findings } = wanted
      if (refusal !== undefined) {
        if (ELSEWHERE.has(refusal.code))
          return skip(`its rules can't be made: ${refusal.code}, which another check says`)
        return outcome([{ result: 'FAIL', what: `${refusal.code}: ${refusal.text}`, fix: refusal.hint }])
      }
      const problems = findings
        .filter(({ code }) => !SAID.has(code))
        .map(({ code, text, hint }) => warn(`${code}: ${text}`, hint))
      return outcome(problems)
    },
  },
]

/** Refusals that are a state of the node's, each found by a check of its own: vtep.address, nic.representors, nic.switchdev, nic.vfs. */
const ELSEWHERE = new Set(['VTEP_NOT_CONFIGURED', 'VTEP_ELSEWHERE', 'NO_REPRESENTOR'])
/** Findings that routing.intra-node and tunnel.mtu say. */
const SAID = new Set(['INTRA_NODE_ROUTE', 'VTEP_IS_NODE_ADDRESS', 'MTU_TOO_SMALL'])
