import { type Check, type Outcome, ok, outcome, skip, warn } from '../check.js'
import { type BpfState, known, type NodeState } from '../state.js'
import { judgePart } from './kernel.js'

/**
 * What BPF programs of ours need: they trace refusals, and carry what hardware refused. No rule needs any of it, so that a node on which nobody
 * would miss it is no worse without.
 */
export const bpfChecks: readonly Check[] = [
  {
    id: 'bpf.libbpf',
    title: 'libbpf loads BPF programs',
    looksAt: 'libbpf.so.1',
    judge: (state) => {
      const { root, bpf } = state
      if (!root) return skip('it takes root to try it')
      if (bpf.noLibrary === undefined) return ok()
      const fix = 'install libbpf 1.0 or newer (Debian, Ubuntu: libbpf1; Fedora, RHEL: libbpf)'
      return forTracing(state, bpf.noLibrary, fix)
    },
  },
  {
    id: 'bpf.ring-buffer',
    title: 'programs can report events by a ring buffer',
    looksAt: 'a map of that type, tried',
    judge: (state) =>
      feature(state, 'ringBuffer', () =>
        forTracing(state, 'trace extack has no way to hear of refusals', 'a kernel from 5.8 on has it'),
      ),
  },
  {
    id: 'bpf.classifier',
    title: 'programs can be put before the rules of a device (tcx, or cls_bpf)',
    looksAt: 'a link of that type, tried; else the kernel’s configuration and modules',
    judge: (state) =>
      feature(state, 'tcx', () => (hasFallback(state) ? judgePart(state, 'clsBpf', warn) : NO_FALLBACK)),
  },
  {
    id: 'bpf.tunnel-local-ip',
    title: 'programs can choose the source address of a tunnel',
    looksAt: 'bpf_skb_set_tunnel_key with local_ipv4, tried on a packet that goes nowhere',
    judge: (state) =>
      feature(state, 'tunnelLocalIp', () => {
        if (!hasFallback(state)) return NO_FALLBACK
        const what = "a program can't choose the VTEP: what hardware refuses stays with TC's software"
        return outcome([warn(what, 'a kernel from 6.0 on has it')])
      }),
  },
  {
    id: 'bpf.fentry',
    title: "a refusal's text can be tied to its rule",
    looksAt: 'a program at the entry of tc_setup_cb_add, tried for a moment',
    judge: (state) =>
      feature(state, 'fentry', () => {
        const what = 'trace extack hears the texts alone, and does not know their rules'
        const options = 'CONFIG_DEBUG_INFO_BTF and CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS'
        return forTracing(state, what, `a kernel with ${options} can, on x86 from 6.6 on`)
      }),
  },
]

const NO_FALLBACK = skip('the kernel has not got it, and no file wants a fallback')

const hasFallback = ({ wanted }: NodeState) => wanted?.fallback === 'refused'

/** Why our own rules are refused the kernel tells us; of those that Open vSwitch offers nobody else can say it. */
function forTracing(state: NodeState, what: string, fix: string): Outcome {
  if (known(state.ovs)?.otherConfig['hw-offload'] === 'true') return outcome([warn(what, fix)])
  return skip(`${what}; nobody needs it here: Open vSwitch offers hardware nothing`)
}

/** @param without what is to be said where the kernel has not got it */
function feature({ bpf }: NodeState, name: keyof Omit<BpfState, 'noLibrary'>, without: () => Outcome): Outcome {
  const found = bpf[name]
  if ('unknown' in found) return skip(found.unknown)
  return found.value ? ok() : without()
}
