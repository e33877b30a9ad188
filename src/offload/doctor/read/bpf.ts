import { NicsteerError } from '../../../base/errors.js'
import { bpf } from '../../../kernel/index.js'
import type { BpfState, Read } from '../state.js'

/**
 * The one thing of a node's state that is tried, not read: small programs are loaded and thrown away.
 * @param root nobody else may
 */
export function readBpf(root: boolean): BpfState {
  let noLibrary: string | undefined
  const attempt = (has: () => boolean): Read<boolean> => {
    if (!root) return { unknown: 'it takes root to try it' }
    try {
      return { value: has() }
    } catch (error) {
      if (!(error instanceof NicsteerError)) throw error
      if (error.code.startsWith('LIBBPF_')) noLibrary = error.message
      return { unknown: error.message }
    }
  }
  const found = {
    ringBuffer: attempt(bpf.features.ringBuffer),
    tcx: attempt(bpf.features.tcx),
    tunnelLocalIp: attempt(bpf.features.tunnelLocalIp),
    fentry: attempt(() => bpf.canTrace('tc_setup_cb_add')),
  }
  return noLibrary === undefined ? found : { ...found, noLibrary }
}
