import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { parseIfindex, parseIp, parseMac } from '../../../src/base/types.js'
import { MalformedMessage } from '../../../src/kernel/netlink/attribute.js'
import { matchText } from '../../../src/kernel/tc/fingerprint.js'
import { type FlowerOptions, flowerOptions } from '../../../src/kernel/tc/flower.js'
import { type FlowerMatch, flowerKeys } from '../../../src/kernel/tc/match.js'
import { decode, encode, fromHex, toHex } from '../support/bytes.js'
import { otherActions } from './actions.js'

const byte = fc.nat(255)
const port = fc.nat(0xffff)
const macAddress = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => parseMac([...bytes].map((one) => one.toString(16).padStart(2, '0')).join(':')))
const address = fc.oneof(fc.ipV4(), fc.ipV6()).map(parseIp)
const hexOf = (multiple: number) =>
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => toHex(bytes).padStart(multiple * bytes.length * 2, '0'))
const geneve = fc.array(fc.record({ class: port, type: byte, data: hexOf(4) }, { noNullPrototype: true }), {
  minLength: 1,
  maxLength: 3,
})

const plain = { noNullPrototype: true }

/** Masks that aren't all bits: those are read as no mask. */
const match: fc.Arbitrary<FlowerMatch> = fc.record(
  {
    ethDst: macAddress,
    ethSrc: macAddress,
    ethSrcMask: macAddress.filter((one) => one !== 'ff:ff:ff:ff:ff:ff'),
    ethType: port,
    ipProto: byte,
    srcIp: address,
    dstIp: address,
    tcpDst: port,
    tcpDstMask: port.filter((one) => one !== 0xffff),
    vlanId: fc.nat(4095),
    encKeyId: fc.nat(0xffffff),
    encSrcIp: address,
    encDstIp: address,
    encDstPort: port,
    encOpts: fc.record({ geneve }, { noNullPrototype: true }),
    ctMark: fc.nat(),
    mplsLabel: fc.nat(0xfffff),
    mplsLse: fc.array(fc.record({ depth: fc.integer({ min: 1, max: 7 }), ttl: byte, label: fc.nat(0xfffff) }, plain), {
      minLength: 1,
      maxLength: 3,
    }),
    srcPortMin: port,
    srcPortMax: port,
    hash: fc.nat(),
    pppoeSid: port,
    l2tpv3Sid: fc.nat(),
    cfm: fc.record({ level: fc.nat(7), opcode: byte }, plain),
    spi: fc.nat(),
    ctLabel: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toHex),
    encFlags: byte,
    encFlagsMask: byte,
  },
  { requiredKeys: [], noNullPrototype: true },
)

const action: fc.Arbitrary<FlowerOptions['actions'][number]> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('tunnel_key' as const),
      operation: fc.constant('set' as const),
      srcIp: address,
      dstIp: address,
      keyId: fc.nat(0xffffff),
      dstPort: port,
      options: fc.record({ geneve }, { noNullPrototype: true }),
      noCsum: fc.constant(true),
      tos: byte,
      ttl: byte,
      cookie: hexOf(1),
    },
    { requiredKeys: ['kind', 'operation', 'srcIp', 'dstIp'], noNullPrototype: true },
  ),
  fc.record(
    {
      kind: fc.constant('mirred' as const),
      operation: fc.constantFrom('redirect' as const, 'mirror' as const),
      direction: fc.constantFrom('egress' as const, 'ingress' as const),
      ifindex: fc.integer({ min: 1, max: 0x7fffffff }).map(parseIfindex),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      kind: fc.constant('gact' as const),
      control: fc.oneof(
        fc.constantFrom('ok' as const, 'drop' as const, 'pipe' as const, 'trap' as const, 'continue' as const),
        fc.record({ gotoChain: fc.nat(0xfffffff) }, { noNullPrototype: true }),
      ),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('raw' as const), name: fc.constant('newest'), options: hexOf(1) },
    { noNullPrototype: true },
  ),
  otherActions,
)

const options: fc.Arbitrary<FlowerOptions> = fc.record(
  {
    match,
    actions: fc.array(action, { maxLength: 5 }),
    flags: fc.record(
      { skipHw: fc.constant(true), skipSw: fc.constant(true), verbose: fc.constant(true) },
      { requiredKeys: [], noNullPrototype: true },
    ),
    classId: fc.nat(),
  },
  { requiredKeys: ['match', 'actions'], noNullPrototype: true },
)

describe('kernel/tc/flower', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(options, (value) => assert.deepEqual(decode(flowerOptions, encode(flowerOptions, value)), value)),
      {
        numRuns: 300,
      },
    )
  })

  it('says of a match the same text in whatever order its fields stand, and another of another match', () => {
    fc.assert(
      fc.property(match, match, (one, other) => {
        const reversed = Object.fromEntries(Object.entries(one).reverse())
        assert.equal(matchText(reversed), matchText(one))
        const bytes = (value: FlowerMatch) => Buffer.from(encode(flowerOptions, { match: value, actions: [] }))
        const isSame = isDeepStrictEqual(decode(flowerOptions, bytes(one)), decode(flowerOptions, bytes(other)))
        assert.equal(matchText(one) === matchText(other), isSame)
      }),
    )
  })

  it('answers damaged bytes with a value or a typed error', () => {
    fc.assert(
      fc.property(options, fc.array(fc.tuple(fc.nat(), byte), { maxLength: 4 }), fc.nat(), (value, damage, cut) => {
        const bytes = encode(flowerOptions, value)
        if (bytes.length === 0) return
        for (const [at, put] of damage) bytes[at % bytes.length] = put
        try {
          decode(flowerOptions, bytes.subarray(0, cut % (bytes.length + 1)))
        } catch (error) {
          assert.ok(error instanceof MalformedMessage, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('writes each key under the number of the UAPI, in network order', () => {
    const bytes = encode(flowerKeys, { encKeyId: 5001, encDstPort: 6081, encDstIp: parseIp('10.0.0.1') })
    assert.equal(toHex(bytes), '08001a0000001389' + '06002d0017c10000' + '08001d000a000001')
  })

  it('writes one nest per GENEVE option, and reads several in one nest too, as the kernel answers', () => {
    const encOpts = {
      geneve: [
        { class: 0x102, type: 0x80, data: '00010003' },
        { class: 0x103, type: 1, data: '0011223344556677' },
      ],
    }
    const one = '06000100010200000500020080000000080003000001 0003'
    const two = '0600010001030000050002000100 00000c0003000011223344556677'
    assert.equal(
      toHex(encode(flowerKeys, { encOpts })),
      `40005480${'1c000180'}${one}${'20000180'}${two}`.replace(/ /g, ''),
    )
    const together = fromHex(`3c005400 38000100 ${one} ${two}`)
    assert.deepEqual(decode(flowerKeys, together), { encOpts })
  })

  it('reads a mask of all bits as no mask', () => {
    const mac = parseMac('02:00:00:00:00:01')
    const written = encode(flowerKeys, {
      ethDst: mac,
      ethDstMask: parseMac('ff:ff:ff:ff:ff:ff'),
      encDstPort: 1,
      encDstPortMask: 0xffff,
      srcIp: parseIp('10.0.0.1'),
      srcIpMask: parseIp('255.255.255.255'),
      encOpts: { geneve: [{ class: 1, type: 2, data: '00000000' }] },
      encOptsMask: { geneve: [{ class: 0xffff, type: 0xff, data: 'ffffffff' }] },
    })
    assert.deepEqual(Object.keys(decode(flowerKeys, written)), ['ethDst', 'encDstPort', 'srcIp', 'encOpts'])
  })

  it('keeps the masks of flags, without which the kernel refuses them', () => {
    const flags = { ipFlags: 0xffffffff, ipFlagsMask: 0xffffffff, encFlags: 0xffffffff, encFlagsMask: 0xffffffff }
    assert.deepEqual(decode(flowerKeys, encode(flowerKeys, flags)), flags)
  })

  it('keeps keys that it has no name for', () => {
    const bytes = fromHex('0800700000000001')
    assert.deepEqual(decode(flowerOptions, bytes), {
      match: { unknown: [{ type: 0x70, payload: '00000001' }] },
      actions: [],
    })
    assert.deepEqual(encode(flowerOptions, decode(flowerOptions, bytes)), bytes)
  })

  it('refuses to write more actions than a filter can have', () => {
    const actions: FlowerOptions['actions'] = Array.from({ length: 33 }, () => ({ kind: 'gact', control: 'pipe' }))
    assert.throws(() => encode(flowerOptions, { match: {}, actions }), RangeError)
  })

  it('never writes flags that are the kernel’s to set', () => {
    const bytes = encode(flowerOptions, { match: {}, actions: [], flags: { inHw: true, notInHw: true, verbose: true } })
    assert.deepEqual(decode(flowerOptions, bytes).flags, { verbose: true })
  })
})
