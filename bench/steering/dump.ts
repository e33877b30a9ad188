import { ByteSource, ByteWriter } from '../../src/kernel/netlink/bytes.js'
import type { Codec } from '../../src/kernel/netlink/codec.js'
import { forEachMessage, writeMessage } from '../../src/kernel/netlink/message.js'
import { filterRequest, readFilter } from '../../src/kernel/tc/filter-message.js'
import type { Filter, FlowerFilter } from '../../src/kernel/tc/index.js'
import { wireAge, wireStats } from '../../src/kernel/tc/stats.js'
import { uapi } from '../../src/kernel/uapi.js'

const IN_HW = Object.freeze({ verbose: true, inHw: true })
const BUSY = 8
const SKIP_HW = Object.freeze({ skipHw: true, notInHw: true })

function payload<T>(codec: Codec<T>, value: T): string {
  const out = new ByteWriter(256)
  codec.write(out, value)
  return Buffer.from(out.written()).toString('hex')
}

const IDLE = payload(wireAge, { install: 100, lastUse: 100, expires: 0, firstUse: 0 })
const RECENT = payload(wireAge, { install: 100, lastUse: 1, expires: 0, firstUse: 99 })
const out = new ByteWriter()

/**
 * The filter as a dump returns it once it is installed: encoded and decoded by the kernel layer, with a handle, and with actions'
 * indices, ages and counters; one in eight has carried traffic.
 */
export function dumped(filter: FlowerFilter, handle: number): Filter {
  const isBusy = handle % BUSY === 0
  const counted = isBusy ? { bytes: 100 * handle, packets: handle } : { bytes: 0, packets: 0 }
  const stats = payload(wireStats, { basic: counted, basicHw: counted } as never)
  const actions = filter.actions.map((action) => ({
    ...action,
    index: handle,
    unknown: [{ type: AGE[action.kind] ?? 0, payload: isBusy ? RECENT : IDLE }],
    more: [{ type: uapi.TCA_ACT_STATS, payload: stats }],
  }))
  out.reset()
  writeMessage(
    out,
    filterRequest('bench', uapi.RTM_NEWTFILTER, 0, filter, { handle, flower: { ...filter, actions } }),
    0,
    0,
  )
  const bytes = out.written()
  let read: Filter | undefined
  forEachMessage(new ByteSource(bytes), bytes.length, (message) => {
    read = readFilter(message, filter)
  })
  if (read?.kind !== 'flower') throw new Error('a filter did not come back')
  // What the kernel alone can write.
  read.flags = filter.flags?.skipHw ? SKIP_HW : IN_HW
  read.inHwCount = filter.flags?.skipHw ? 0 : 1
  return read
}

const AGE: Readonly<Record<string, number>> = {
  tunnel_key: uapi.TCA_TUNNEL_KEY_TM,
  mirred: uapi.TCA_MIRRED_TM,
  gact: uapi.TCA_GACT_TM,
}
