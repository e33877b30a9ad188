import { NicsteerError } from '../../../base/errors.js'
import { bpf } from '../../../kernel/index.js'
import type { BpfState, Read } from '../state.js'

/**
 * The one thing of a node's state that is tried, not read: a small program is loaded and thrown away. Nothing is attached anywhere.
 * @param root nobody else may
 */
export function readBpf(root: boolean): Read<BpfState> {
  if (!root) return { unknown: 'it takes root to try it' }
  const found: BpfState = {}
  const tries: readonly [keyof BpfState & ('ringBuffer' | 'tcx' | 'tunnelLocalIp' | 'setupFunction'), () => boolean][] =
    [
      ['ringBuffer', bpf.features.ringBuffer],
      ['tcx', bpf.features.tcx],
      ['tunnelLocalIp', bpf.features.tunnelLocalIp],
      ['setupFunction', () => bpf.kernelHasFunction('tc_setup_cb_add')],
    ]
  for (const [name, has] of tries) {
    try {
      found[name] = has()
    } catch (error) {
      if (!(error instanceof NicsteerError)) throw error
      if (error.code === 'BPF_NOT_PERMITTED') return { unknown: error.message }
      if (error.code.startsWith('LIBBPF_')) return { value: { noLibrary: error.message } }
    }
  }
  return { value: found }
}
