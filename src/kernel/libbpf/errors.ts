import { constants } from 'node:os'
import { NicsteerError, type NicsteerErrorOptions } from '../../base/errors.js'
import { errnoName, errnoText } from '../netlink/errno.js'

const { EPERM, E2BIG } = constants.errno

export interface BpfDetail {
  /** Positive. */
  errno: number
  /** What libbpf said, with the verifier's log where it refused. */
  log?: string
  /** Of a batch: how many entries were worked off before. */
  done?: number
}

/** The kernel or libbpf said no. The message is one line; the log is there for who asks. */
export class BpfRefusal extends NicsteerError {
  /** `EINVAL` */
  readonly errnoName: string
  /** Verbatim, many lines; empty where nothing was said. */
  readonly log: string
  readonly done: number

  constructor(
    code: string,
    message: string,
    { errno, log = '', done = 0, ...options }: BpfDetail & NicsteerErrorOptions,
  ) {
    super(code, message, { errno, ...options })
    this.name = 'BpfRefusal'
    this.errnoName = errnoName(errno)
    this.log = log
    this.done = done
  }
}

/** @param what the call in a few words, `update map 'rules'` */
export function refused(what: string, detail: BpfDetail, hint?: string): BpfRefusal {
  const { errno } = detail
  const text = errnoText(errno)
  const message = `${what}: ${errnoName(errno)}${text === '' ? '' : `: ${text}`}`
  if (errno === EPERM) return new BpfRefusal('BPF_NOT_PERMITTED', message, { ...detail, hint: PERMISSION })
  return new BpfRefusal('BPF_REFUSED', message, { ...detail, ...(hint !== undefined && { hint }) })
}

export const PERMISSION = 'this needs root, or CAP_BPF with CAP_NET_ADMIN for packets and CAP_PERFMON for tracing'

/** The kernel is too old for it. @param feature `tcx` @param since `6.6` */
export function unsupported(feature: string, since: string, options: NicsteerErrorOptions = {}): NicsteerError {
  return new NicsteerError('BPF_UNSUPPORTED', `this kernel has no ${feature}, which came with Linux ${since}`, options)
}

/** @param errno of an update: 7 is what a map without room says, hash or array */
export function updateRefused(map: string, maxEntries: number, detail: BpfDetail): BpfRefusal {
  if (detail.errno !== E2BIG) return refused(`update map '${map}'`, detail)
  return new BpfRefusal('BPF_MAP_FULL', `map '${map}' has room for ${maxEntries} entries, no more`, {
    ...detail,
    hint: 'open the object with more maxEntries for that map',
  })
}
