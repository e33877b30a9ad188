import { type Check, type Outcome, ok, outcome, skip, warn } from '../check.js'
import { type BpfState, known, type NodeState } from '../state.js'
import { judgePart } from './kernel.js'

/** What BPF programs of ours need: they trace refusals, and carry what hardware refused. No rule needs any of it. */
export const bpfChecks: readonly Check[] = [
  {
    id: 'bpf.libbpf',
    title: 'libbpf loads BPF programs',
    looksAt: 'libbpf.so.1',
    judge: (state) =>
      tried(state, ({ noLibrary }) =>
        noLibrary === undefined
          ? ok()
          : outcome(
              [warn(noLibrary, 'install libbpf 1.0 or newer (Debian, Ubuntu: libbpf1; Fedora, RHEL: libbpf)')],
              [],
              '',
            ),
      ),
  },
  {
    id: 'bpf.ring-buffer',
    title: 'programs can report events by a ring buffer',
    looksAt: 'a map of that type, tried',
    judge: (state) =>
      feature(state, 'ringBuffer', 'trace extack has no way to hear of refusals', 'a kernel from 5.8 on has it'),
  },
  {
    id: 'bpf.classifier',
    title: 'programs can be put before the rules of a device (tcx, or cls_bpf)',
    looksAt: 'a link of that type, tried; else the kernel’s configuration and modules',
    judge: (state) =>
      tried(state, ({ tcx }) => {
        if (tcx === undefined) return skip('it could not be tried')
        return tcx ? ok('tcx') : judgePart(state, 'clsBpf', warn)
      }),
  },
  {
    id: 'bpf.tunnel-local-ip',
    title: 'programs can choose the source address of a tunnel',
    looksAt: 'bpf_skb_set_tunnel_key with local_ipv4, tried on a packet that goes nowhere',
    judge: (state) =>
      feature(
        state,
        'tunnelLocalIp',
        "a program can't choose the VTEP: what hardware refuses stays with TC's software",
        'a kernel from 6.0 on has it',
      ),
  },
  {
    id: 'bpf.fentry',
    title: "a refusal's text can be tied to its rule (fentry of tc_setup_cb_add)",
    looksAt: "the kernel's BTF; its configuration",
    judge: (state) =>
      tried(state, ({ setupFunction }) => {
        if (setupFunction === undefined) return skip('it could not be tried')
        const { config } = state.kernel.parts.directCalls
        const evidence = [`/sys/kernel/btf/vmlinux: tc_setup_cb_add is ${setupFunction ? '' : 'not '}there`]
        if (config !== undefined)
          evidence.push(`${state.kernel.configSource}: DYNAMIC_FTRACE_WITH_DIRECT_CALLS=${config}`)
        const what = 'trace extack hears the texts by the tracepoint alone, and does not know their rules'
        const fix = 'a kernel with CONFIG_DEBUG_INFO_BTF and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS knows them'
        return outcome(setupFunction && config !== 'n' ? [] : [warn(what, fix)], evidence)
      }),
  },
]

function tried({ bpf }: NodeState, judge: (state: BpfState) => Outcome): Outcome {
  const state = known(bpf)
  return state === undefined ? skip('unknown' in bpf ? bpf.unknown : '') : judge(state)
}

function feature(state: NodeState, name: 'ringBuffer' | 'tunnelLocalIp', without: string, fix: string): Outcome {
  return tried(state, (found) => {
    if (found[name] === undefined) return skip('it could not be tried')
    return outcome(found[name] ? [] : [warn(without, fix)])
  })
}
