import { constants } from 'node:os'
import { errnoName, errnoText } from '../netlink/errno.js'
import { BpfRefusal, PERMISSION, unsupported } from './errors.js'
import { features } from './features.js'
import { BPF_MAP_TYPE_RINGBUF } from './numbers.js'

/** How libbpf frames the verifier's log (libbpf.c bpf_object_load_prog). */
const VERIFIER = /prog '([^']+)': -- BEGIN PROG LOAD LOG --\n([\s\S]*?)-- END PROG LOAD LOG --/
/** Lines that tell how the verifier came there, not what it objects to. */
const WALK =
  /^(\d+: |; |from \d|processed \d|\s*$|R\d+[_\w]*=|verification time|stack depth|max_states|caller|callee|frame\d)/

/**
 * The one line out of what was said. What the kernel lacks is tried only now.
 * @param mapTypes of the object's maps
 */
export function loadFailure(path: string, errno: number, log: string, mapTypes: readonly number[]): Error {
  const detail = { errno, log }
  if (errno === constants.errno.EPERM) {
    const [, named] = /^libbpf: prog '([^']+)'/.exec(log) ?? []
    const what = named === undefined ? path : `program '${named}' of ${path}`
    return new BpfRefusal('BPF_NOT_PERMITTED', `load ${what}: EPERM`, { ...detail, hint: PERMISSION })
  }
  const [, program, verifier] = VERIFIER.exec(log) ?? []
  if (program !== undefined && verifier !== undefined) {
    return new BpfRefusal('BPF_VERIFIER', `the verifier refuses program '${program}': ${objection(verifier)}`, {
      ...detail,
      hint: 'the error’s log has its whole reasoning',
    })
  }
  if (mapTypes.includes(BPF_MAP_TYPE_RINGBUF) && !features.ringBuffer()) {
    return unsupported('ring buffer', '5.8', { cause: new BpfRefusal('BPF_REFUSED', `load ${path}`, detail) })
  }
  const [said] = log.split('\n')
  const why = said ? said.replace(/^libbpf: /, '') : errnoText(errno)
  const hint = /vmlinux|kernel BTF/.test(log) ? { hint: 'the kernel needs CONFIG_DEBUG_INFO_BTF for this program' } : {}
  return new BpfRefusal('BPF_REFUSED', `load ${path}: ${errnoName(errno)}: ${why}`, { ...detail, ...hint })
}

/** The last lines that aren't part of the walk. */
function objection(log: string): string {
  const lines = log.split('\n').filter((line) => !WALK.test(line))
  return lines.slice(-2).join('; ') || 'no reason given'
}
