import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseIfindex } from '../../../src/base/types.js'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import { ByteSource, ByteWriter } from '../../../src/kernel/netlink/bytes.js'
import { forEachMessage, writeMessage } from '../../../src/kernel/netlink/message.js'
import { action } from '../../../src/kernel/tc/action.js'
import { filterRequest, readFilter } from '../../../src/kernel/tc/filter-message.js'
import {
  asNew,
  type BpfFilter,
  type Filter,
  type FlowerFilter,
  type FlowerMatch,
  type MatchallFilter,
  type OtherFilter,
} from '../../../src/kernel/tc/index.js'
import { uapi } from '../../../src/kernel/uapi.js'
import { encode, toHex } from '../support/bytes.js'

const place = { ifindex: parseIfindex(7), parent: 'ingress', chain: 0, priority: 10, protocol: uapi.ETH_P_ALL } as const
const actions: FlowerFilter['actions'] = [{ kind: 'gact', control: 'drop' }]

function bytesOf(filter: Filter): Uint8Array {
  const out = new ByteWriter(64)
  const kind = filter.kind === 'raw' ? filter.name : filter.kind
  const content = filter.kind === 'flower' ? { flower: filter } : { other: filter }
  writeMessage(
    out,
    filterRequest('', uapi.RTM_NEWTFILTER, 0, filter, { handle: filter.handle ?? 0, kind, ...content }),
    0,
    1,
  )
  return out.written().slice()
}

function read(bytes: Uint8Array): Filter | undefined {
  let filter: Filter | undefined
  forEachMessage(new ByteSource(bytes), bytes.length, (message) => {
    filter = readFilter(message, place)
  })
  return filter
}

const again = <F extends Filter>(filter: F) => read(bytesOf(filter)) as F | undefined

describe('kernel/tc/filter-message', () => {
  const matchall: MatchallFilter = {
    kind: 'matchall',
    ...place,
    handle: 1,
    classId: 5,
    flags: { skipHw: true },
    actions,
  }
  const cbpf: BpfFilter = { kind: 'bpf', ...place, handle: 2, ops: '06000000ffffffff', directAction: true, actions: [] }
  const ebpf: BpfFilter = { kind: 'bpf', ...place, handle: 3, fd: 9, name: 'prog', actions }

  it('decodes what it encodes, of every kind', () => {
    for (const filter of [matchall, cbpf, ebpf]) assert.deepEqual(again(filter), filter)
  })

  it('answers damaged bytes with a value or a typed error', () => {
    const u32: OtherFilter = {
      kind: 'raw',
      ...place,
      name: 'u32',
      handle: 5,
      options: '08000100aabbccdd',
      actions,
      flags: {},
    }
    const filters = [matchall, cbpf, ebpf, u32]
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })
    fc.assert(
      fc.property(fc.constantFrom(...filters), damage, fc.nat(), (filter, changes, cut) => {
        const bytes = bytesOf(filter)
        for (const [at, put] of changes) bytes[16 + (at % (bytes.length - 16))] = put
        const message = { type: 0, flags: 0, sequence: 0, portId: 0, source: new ByteSource(bytes) }
        try {
          readFilter({ ...message, start: 16, end: 16 + (cut % (bytes.length - 15)) }, place)
        } catch (error) {
          assert.ok(error instanceof MalformedMessage, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('keeps apart, of a kind that it has no codec for, what all kinds have, and the rest as it is', () => {
    const list = toHex(encode(action, actions[0] as FlowerFilter['actions'][number]))
    const nest = (type: number, payload: string) => {
      const header = Buffer.alloc(4)
      header.writeUInt16LE(4 + payload.length / 2, 0)
      header.writeUInt16LE(type, 2)
      return toHex(header) + payload
    }
    const own = nest(uapi.TCA_U32_CLASSID, '01000100')
    const flags = nest(uapi.TCA_U32_FLAGS, '08000000')
    const acts = nest(uapi.TCA_U32_ACT, nest(1, list))
    const options = own + flags + acts + nest(uapi.TCA_U32_PCNT, '00'.repeat(24))
    const found = again({ kind: 'raw', ...place, name: 'u32', handle: 5, options })
    assert.deepEqual(found, {
      kind: 'raw',
      ...place,
      name: 'u32',
      handle: 5,
      options: own,
      flags: { notInHw: true },
      actions,
    })
    // Flags that are the kernel's to set would be refused (cls_u32.c u32_change).
    assert.deepEqual(again(asNew(found as OtherFilter)), {
      kind: 'raw',
      ...place,
      name: 'u32',
      handle: 5,
      options: own,
      actions,
    })
    const newest: OtherFilter = { kind: 'raw', ...place, name: 'newest', handle: 5, options: options.slice(0, 10) }
    assert.deepEqual(again(newest), newest)
  })

  it('takes away what only the kernel says', () => {
    const flags = { skipHw: true, notInHw: true }
    const { handle: _, ...anew } = matchall
    assert.deepEqual(asNew({ ...matchall, flags, hits: 3 }), { ...anew, flags: { skipHw: true } })
    const { handle: __, ...program } = ebpf
    assert.deepEqual(asNew({ ...ebpf, id: 12, tag: '00'.repeat(8) }), program)
  })

  it('writes a missing estimator not, and a given one as the kernel has it', () => {
    assert.ok(!toHex(bytesOf(matchall)).includes('06000500'))
    assert.ok(toHex(bytesOf({ ...matchall, estimator: { interval: -2, ewmaLog: 3 } })).includes('06000500fe03'))
  })

  const typeOf = (protocol: number, match: FlowerMatch) =>
    (again({ kind: 'flower', ...place, handle: 1, protocol, match, actions: [] }) as FlowerFilter).match

  it('restores the outermost type, which the kernel’s answer lacks', () => {
    const { ETH_P_8021AD: ad, ETH_P_8021Q: q, ETH_P_ALL: all, ETH_P_IP: ip, ETH_P_PPP_SES: ppp } = uapi
    assert.deepEqual(typeOf(ad, { ethType: ip, vlanId: 5 }), { ethType: ad, vlanId: 5 })
    assert.deepEqual(typeOf(all, { ethType: ip, vlanId: 5 }), { ethType: q, vlanId: 5 })
    assert.deepEqual(typeOf(all, { numOfVlans: 1, vlanId: 5 }), { numOfVlans: 1, vlanId: 5 })
    assert.deepEqual(typeOf(ppp, {}), { ethType: ppp })
    assert.deepEqual(typeOf(all, { ethType: ip, pppProto: 0x21 }), { ethType: ppp, pppProto: 0x21 })
    assert.deepEqual(typeOf(q, { pppoeSid: 7 }), { ethType: q, vlanEthType: ppp, pppoeSid: 7 })
    assert.deepEqual(typeOf(ad, { vlanEthType: q, cvlanId: 3, pppoeSid: 7 }), {
      ethType: ad,
      vlanEthType: q,
      cvlanId: 3,
      cvlanEthType: ppp,
      pppoeSid: 7,
    })
  })
})
