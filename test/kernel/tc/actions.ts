import fc from 'fast-check'
import { parseIp } from '../../../src/base/types.js'
import type { Action, Ct, Mpls, Pedit, Police, Sample } from '../../../src/kernel/tc/index.js'

const plain = { noNullPrototype: true } as const
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffffffff)
const count = fc.integer({ min: 1, max: 0x7fffffff })

const pedit: fc.Arbitrary<Pedit> = fc.record(
  {
    kind: fc.constant('pedit' as const),
    keys: fc.array(
      fc.record(
        {
          header: fc.constantFrom('network', 'eth', 'ip4', 'ip6', 'tcp', 'udp'),
          command: fc.constantFrom('set', 'add'),
          offset: fc.integer({ min: -64, max: 1500 }),
          value: u32,
          mask: u32,
          at: count,
          offsetMask: count,
          shift: fc.integer({ min: 1, max: 31 }),
        },
        { ...plain, requiredKeys: ['header', 'command', 'offset', 'value', 'mask'] },
      ),
      { minLength: 1, maxLength: 6 },
    ),
  },
  plain,
)

/** Up to 15 MB/s, where every burst has a number of ticks of its own. */
const police: fc.Arbitrary<Police> = fc.record(
  {
    kind: fc.constant('police' as const),
    rate: fc.integer({ min: 1000, max: 15_000_000 }),
    burst: fc.nat(100_000),
    mtu: fc.integer({ min: 1, max: 0xffff }),
    peakRate: fc.integer({ min: 1, max: 2 ** 40 }),
    averageRate: count,
    overhead: fc.integer({ min: 1, max: 0xffff }),
    mpu: fc.integer({ min: 1, max: 0xffff }),
    linkLayer: fc.constant('atm' as const),
    exceed: fc.constantFrom('drop', 'pipe', 'ok', 'continue'),
    conform: fc.constantFrom('drop', 'pipe'),
  },
  { ...plain, requiredKeys: ['kind', 'rate', 'burst', 'mtu', 'exceed'] },
)

const ct: fc.Arbitrary<Ct> = fc.record(
  {
    kind: fc.constant('ct' as const),
    commit: fc.constant(true),
    force: fc.constant(true),
    zone: fc.integer({ min: 1, max: 0xffff }),
    mark: u32,
    markMask: fc.nat(0xfffffffe),
    label: fc.constant('0123456789abcdef0123456789abcdef'),
    labelMask: fc.constant('ff000000000000000000000000000000'),
    nat: fc.record(
      {
        direction: fc.constantFrom('src', 'dst'),
        ip: fc.ipV4().map(parseIp),
        maxIp: fc.constant(parseIp('255.255.255.255')),
        port: fc.nat(0xfffe),
        maxPort: fc.constant(0xffff),
      },
      plain,
    ),
    helper: fc.record(
      { name: fc.constant('ftp'), family: fc.constantFrom('ipv4', 'ipv6'), protocol: fc.constant(6) },
      plain,
    ),
  },
  { ...plain, requiredKeys: ['kind'] },
)

const mpls: fc.Arbitrary<Mpls> = fc.record(
  {
    kind: fc.constant('mpls' as const),
    operation: fc.constantFrom('push', 'mac_push'),
    protocol: u16,
    label: fc.nat(0xfffff),
    tc: fc.nat(7),
    ttl: fc.integer({ min: 1, max: 255 }),
    bos: fc.nat(1),
  },
  { ...plain, requiredKeys: ['kind', 'operation'] },
)

const sample: fc.Arbitrary<Sample> = fc.record(
  { kind: fc.constant('sample' as const), rate: u32, group: u32, truncate: u32 },
  { ...plain, requiredKeys: ['kind', 'rate', 'group'] },
)

/** Actions in the form that decoding gives. */
export const otherActions: fc.Arbitrary<Action> = fc.oneof(pedit, police, ct, mpls, sample)
