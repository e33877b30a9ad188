import { bpf } from '../../kernel/index.js'
import type { TraceEvent } from './event.js'
import { extackEvent, offerEvent, readOffer, readText } from './raw-event.js'

/** Where events come from: offers with their texts, or the texts alone. */
export type TraceSource = 'tc_setup_cb_add' | 'tracepoint'

/** Programs of bpf/ that listen. Nothing of them is pinned: they go with the process, whatever ends it. */
export interface Programs extends Disposable {
  readonly source: TraceSource
  /** Hears what is there now; the event loop does it by itself otherwise. */
  drain(): void
  /** Events that found no room, and times that a program was left out. */
  lost(): number
}

export interface OffersOptions {
  /** Inode; 0: of every network namespace. */
  netns: number
  /** Also what hardware took without a word. */
  accepted: boolean
}

type Deliver = (event: TraceEvent) => void

/** @throws BpfRefusal where there is no BTF or no fentry (x86: before Linux 6.6 none for functions with so many arguments) */
export function listenToOffers({ netns, accepted }: OffersOptions, deliver: Deliver): Programs {
  const object = bpf.open(bpf.objectPath('offers'))
  object.global('only_netns', bpf.u32).set(netns)
  object.global('also_accepted', bpf.u8).set(accepted ? 1 : 0)
  // The end first: a call whose beginning was seen is always ended.
  return listen('tc_setup_cb_add', object.load(), ['on_answer', 'on_offer', 'on_text'], () =>
    object.ring('events', 'offer_event', offerEvent, (raw) => deliver(readOffer(raw))),
  )
}

/** @throws BpfRefusal; NicsteerError LIBBPF_MISSING … */
export function listenToTexts(deliver: Deliver): Programs {
  const object = bpf.open(bpf.objectPath('extack')).load()
  return listen('tracepoint', object, ['netlink_extack'], () =>
    object.ring('events', 'extack_event', extackEvent, (raw) => deliver(readText(raw))),
  )
}

function listen(
  source: TraceSource,
  object: bpf.BpfObject,
  names: readonly string[],
  open: () => Disposable & Pick<Programs, 'drain'>,
): Programs {
  const opened: Disposable[] = [object]
  const close = () => {
    for (const one of opened.splice(0).reverse()) one[Symbol.dispose]()
  }
  try {
    const lost = object.global('lost', bpf.u64)
    const programs = names.map((name) => object.program(name))
    const reader = open()
    opened.push(reader)
    for (const program of programs) opened.push(program.attach())
    return {
      source,
      drain: () => reader.drain(),
      lost: () => programs.reduce((sum, program) => sum + program.info.misses, lost.get()),
      [Symbol.dispose]: close,
    }
  } catch (error) {
    close()
    throw error
  }
}
