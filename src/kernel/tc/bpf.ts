import { type Codec, type Hex, hex, string, u16, u32 } from '../netlink/codec.js'
import { attribute, attributes, indexedList } from '../netlink/schema.js'
import { uapi } from '../uapi.js'
import { type Action, action, MAX_ACTIONS } from './action.js'
import { type FilterFlags, filterFlags } from './filter-flags.js'
import type { FilterPlace } from './filter-message.js'

/** A BPF program decides, by its return value: whether it matches, or with `directAction` what happens. */
export interface BpfFilter extends FilterPlace {
  kind: 'bpf'
  /** Given by the kernel where missing. */
  handle?: number | undefined
  /** To install: an open file descriptor of a loaded BPF_PROG_TYPE_SCHED_CLS program. The kernel answers with `id` and `tag` instead. */
  fd?: number
  /** Name for the program, as tc shows it; 255 bytes at most. */
  name?: string
  /** Instead of `fd`: classic BPF, struct sock_filter of 8 bytes each (linux/filter.h), host byte order. */
  ops?: Hex
  directAction?: boolean
  actions: Action[]
  /** Without `verbose`, which cls_bpf refuses. */
  flags?: FilterFlags | undefined
  classId?: number | undefined
  /** Only from the kernel, as is `tag`: the program's number, and the hash of its instructions. */
  id?: number
  tag?: Hex
}

export type BpfOptions = Omit<BpfFilter, keyof FilterPlace | 'kind' | 'handle'>

/** linux/pkt_cls.h TCA_BPF_* */
const options = attributes({
  actions: attribute('TCA_BPF_ACT', indexedList(action, MAX_ACTIONS)),
  classId: attribute('TCA_BPF_CLASSID', u32),
  opsLength: attribute('TCA_BPF_OPS_LEN', u16),
  ops: attribute('TCA_BPF_OPS', hex),
  fd: attribute('TCA_BPF_FD', u32),
  name: attribute('TCA_BPF_NAME', string),
  ownFlags: attribute('TCA_BPF_FLAGS', u32),
  flags: attribute('TCA_BPF_FLAGS_GEN', filterFlags),
  tag: attribute('TCA_BPF_TAG', hex),
  id: attribute('TCA_BPF_ID', u32),
})

/** Hexadecimal digits of one struct sock_filter. */
const OP_DIGITS = 16

export const bpfOptions: Codec<BpfOptions> = {
  nested: options,
  write(out, { fd, name, ops, directAction, actions, flags, classId }) {
    options.write(out, {
      actions: actions.length > 0 ? actions : undefined,
      classId,
      opsLength: ops === undefined ? undefined : ops.length / OP_DIGITS,
      ops,
      fd,
      name,
      ownFlags: directAction ? uapi.TCA_BPF_FLAG_ACT_DIRECT : undefined,
      flags,
    })
  },
  read(source, start, end) {
    const { ownFlags = 0, opsLength: _, actions = [], ...rest } = options.read(source, start, end)
    const direct = (ownFlags & uapi.TCA_BPF_FLAG_ACT_DIRECT) !== 0
    return { ...(rest as object), actions, ...(direct && { directAction: true }) }
  },
}
