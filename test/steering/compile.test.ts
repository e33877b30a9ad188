import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { type IpAddress, ipFamily, parseIp, parseMac, parsePciAddress, parseVni } from '../../src/base/types.js'
import { compile } from '../../src/steering/compile.js'
import type { LocalEndpoint, NicSpec, NodeFacts, OptionsLayout, Steering, VfName } from '../../src/steering/model.js'
import { resolve } from '../../src/steering/resolve.js'
import { type Rule, showDevice, showRule, type Tunnel } from '../../src/steering/rule.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { changed, FILE, NODE } from './sample.js'

function compiled(text: string) {
  const { steering, refuse } = loadSteering(text, 'steering.yaml')
  return compile(resolve(steering, NODE, refuse), refuse)
}

/** What is for everybody, and for nobody. */
const FOR_ALL = new Set(['bum', 'bum-decap', 'control'])

/** Rules for single endpoints, without tunnels between two NICs of the node. */
const abroad = (text: string) =>
  compiled(text).rules.filter(({ intraNode, kind }) => intraNode === undefined && !FOR_ALL.has(kind))

/** One rule in words: where, what it matches, what it does. */
function words(rule: Rule): string {
  const { device, chain, priority, match, action, softwareOnly } = rule
  const options = (list: readonly { class: number; type: number; data: string; mask?: string }[]) =>
    list
      .map((o) => ` option ${o.class.toString(16)}:${o.type.toString(16)}:${o.data}${o.mask ? `/${o.mask}` : ''}`)
      .join('')
  const parts = [`${showDevice(device)} chain ${chain} prio ${priority}:`]
  if (match.tunnel) {
    const { remoteIp, localIp, vni, port } = match.tunnel
    parts.push(`from ${remoteIp} to ${localIp}:${port} VNI ${vni}${options(match.tunnel.options)}`)
  }
  if (match.srcMac) parts.push(`src ${match.srcMac}`)
  if (match.dstMac) parts.push(`dst ${match.dstMac}${match.dstMask ? `/${match.dstMask}` : ''}`)
  parts.push('->')
  const into = ({ localIp, remoteIp, vni, port, ttl, options: list }: Tunnel) =>
    `encap ${localIp} ${remoteIp}:${port} VNI ${vni} ttl ${ttl}${options(list)}`
  if (action.kind === 'copies') {
    if (action.decap) parts.push('decap')
    const copies = action.outputs.map(({ to, tunnel }) => `${tunnel ? `${into(tunnel)} ` : ''}to ${showDevice(to)}`)
    parts.push(copies.join(', '))
  } else {
    parts.push(action.kind === 'encap' ? into(action.tunnel) : action.kind)
    if (action.kind !== 'drop') parts.push(`to ${showDevice(action.to)}`)
  }
  if (softwareOnly) parts.push('(software only)')
  return parts.join(' ')
}

describe('compile', () => {
  it('makes decap, local, encap and drop rules, in this order', () => {
    assert.deepEqual(abroad(FILE).map(words), [
      'geneve:6081 chain 0 prio 10: from 10.0.0.11 to 10.0.0.1:6081 VNI 5001 option 102:80:00000001/0000ffff dst 02:00:00:00:00:01 -> decap to pf0vf0',
      'geneve:6081 chain 0 prio 10: from 10.0.0.11 to 10.0.0.1:6081 VNI 5001 option 102:80:00000002/0000ffff dst 02:00:00:00:00:02 -> decap to pf0vf1',
      'geneve:6081 chain 0 prio 10: from 10.0.0.11 to 10.0.0.2:6081 VNI 5001 option 102:80:0000000e/0000ffff dst 02:00:00:00:01:04 -> decap to pf1vf3',
      'pf0vf0 chain 0 prio 10: src 02:00:00:00:00:01 dst 02:00:00:00:00:02 -> redirect to pf0vf1',
      'pf0vf1 chain 0 prio 10: src 02:00:00:00:00:02 dst 02:00:00:00:00:01 -> redirect to pf0vf0',
      'pf0vf0 chain 0 prio 11: src 02:00:00:00:00:01 dst 02:00:00:00:0f:01 -> encap 10.0.0.1 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:00010065 to geneve:6081',
      'pf0vf0 chain 0 prio 11: src 02:00:00:00:00:01 dst 02:00:00:00:0f:02 -> encap 10.0.0.1 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:00010066 to geneve:6081',
      'pf0vf1 chain 0 prio 11: src 02:00:00:00:00:02 dst 02:00:00:00:0f:01 -> encap 10.0.0.1 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:00020065 to geneve:6081',
      'pf0vf1 chain 0 prio 11: src 02:00:00:00:00:02 dst 02:00:00:00:0f:02 -> encap 10.0.0.1 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:00020066 to geneve:6081',
      'pf1vf3 chain 0 prio 11: src 02:00:00:00:01:04 dst 02:00:00:00:0f:01 -> encap 10.0.0.2 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:000e0065 to geneve:6081',
      'pf1vf3 chain 0 prio 11: src 02:00:00:00:01:04 dst 02:00:00:00:0f:02 -> encap 10.0.0.2 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:000e0066 to geneve:6081',
      'pf0vf0 chain 0 prio 16: -> drop (software only)',
      'pf0vf1 chain 0 prio 16: -> drop (software only)',
      'pf1vf3 chain 0 prio 16: -> drop (software only)',
    ])
  })

  it('makes a tunnel between the VTEPs of two NICs of the node, both ways, for each pair of VFs', () => {
    const { rules, findings } = compiled(FILE)
    assert.deepEqual(findings, [])
    assert.deepEqual(rules.filter(({ intraNode, kind }) => intraNode !== undefined && !FOR_ALL.has(kind)).map(words), [
      'geneve:6081 chain 0 prio 10: from 10.0.0.2 to 10.0.0.1:6081 VNI 5001 option 102:80:00000001/0000ffff dst 02:00:00:00:00:01 -> decap to pf0vf0',
      'geneve:6081 chain 0 prio 10: from 10.0.0.2 to 10.0.0.1:6081 VNI 5001 option 102:80:00000002/0000ffff dst 02:00:00:00:00:02 -> decap to pf0vf1',
      'geneve:6081 chain 0 prio 10: from 10.0.0.1 to 10.0.0.2:6081 VNI 5001 option 102:80:0000000e/0000ffff dst 02:00:00:00:01:04 -> decap to pf1vf3',
      'pf0vf0 chain 0 prio 11: src 02:00:00:00:00:01 dst 02:00:00:00:01:04 -> encap 10.0.0.1 10.0.0.2:6081 VNI 5001 ttl 64 option 102:80:0001000e to geneve:6081',
      'pf0vf1 chain 0 prio 11: src 02:00:00:00:00:02 dst 02:00:00:00:01:04 -> encap 10.0.0.1 10.0.0.2:6081 VNI 5001 ttl 64 option 102:80:0002000e to geneve:6081',
      'pf1vf3 chain 0 prio 11: src 02:00:00:00:01:04 dst 02:00:00:00:00:01 -> encap 10.0.0.2 10.0.0.1:6081 VNI 5001 ttl 64 option 102:80:000e0001 to geneve:6081',
      'pf1vf3 chain 0 prio 11: src 02:00:00:00:01:04 dst 02:00:00:00:00:02 -> encap 10.0.0.2 10.0.0.1:6081 VNI 5001 ttl 64 option 102:80:000e0002 to geneve:6081',
    ])
  })

  it('crosses planes inside the node where the file lets it, in either order', () => {
    const planes = changed('vtep: 10.0.0.2}', 'vtep: 10.0.0.2, plane: rail1}')
    for (const pair of ['[default, rail1]', '[rail1, default]']) {
      const { rules } = compiled(planes.replace('  nics:', `  crossPlane: [${pair}]\n  nics:`))
      assert.equal(rules.filter(({ intraNode }) => intraNode !== undefined).length, 7 + 2)
    }
    assert.ok(compiled(planes).rules.every(({ intraNode }) => intraNode === undefined))
  })

  it('makes no tunnel from a VTEP to itself', () => {
    const { rules, findings } = compiled(changed('key: 14', 'key: 14, vtep: 10.0.0.1'))
    assert.deepEqual(
      rules.filter(({ intraNode }) => intraNode !== undefined),
      [],
    )
    assert.deepEqual(
      findings.map(({ code, text }) => `${code}: ${text}`),
      [0, 1].map(
        (index) =>
          `ONE_VTEP_FOR_TWO_NICS: 0000:d8:00.0 VF ${index} (10.0.0.1) and 0000:d9:00.0 VF 3 (10.0.0.1), both on this node, share one VTEP`,
      ),
    )
  })

  it('pairs only VTEPs of one plane, and says which VF is left out', () => {
    const text = changed('vtep: 10.0.0.2}', 'vtep: 10.0.0.2, plane: rail1}')
    const { findings, rules } = compiled(text)
    assert.ok(rules.filter(({ kind }) => kind === 'encap').every(({ pf }) => pf === '0000:d8:00.0'))
    const left = findings.filter(({ code }) => code === 'NO_COMMON_PLANE').map(({ text }) => text)
    assert.equal(left.length, 4)
    const [inside] = left
    assert.match(inside ?? '', /0000:d8:00.0 VF 0 .*0000:d9:00.0 VF 3 .* have no common plane: default, rail1/)
    const [abroad] = left.filter((text) => text.includes('02:00:00:00:0f:01'))
    assert.match(abroad ?? '', /0000:d9:00.0 VF 3 .*10\.0\.0\.2.* have no common plane: rail1, default/)
  })

  it('pairs only VTEPs of one family', () => {
    const { findings, rules } = compiled(changed('vtep: 10.0.0.2}', 'vtep: "fd00::2"}'))
    assert.ok(rules.filter(({ kind }) => kind === 'encap').every(({ pf }) => pf === '0000:d8:00.0'))
    assert.equal(findings.filter(({ code }) => code === 'NO_COMMON_FAMILY').length, 4)
  })

  it('takes the VTEP that an endpoint names', () => {
    const { rules } = compiled(changed('key: 14', 'key: 14, vtep: 10.0.0.1'))
    const encap = rules.filter(({ kind, vf }) => kind === 'encap' && vf?.index === 3)
    assert.match(
      encap[0]?.why ?? '',
      /^local_ip 10\.0\.0\.1: named on the endpoint, instead of 10\.0\.0\.2 of its own PF/,
    )
  })

  it('writes no option into plain tunnels', () => {
    for (const type of ['geneve', 'vxlan']) {
      const { rules } = compiled(FILE.replace('type: geneve, options: ovn', `type: ${type}`))
      const [encap] = rules.filter(({ kind }) => kind === 'encap')
      assert.match(words(encap as Rule), /VNI 5001 ttl 64 to (geneve:6081|vxlan:4789)$/)
    }
  })

  it("writes and matches a user's options in full", () => {
    const rules = abroad(FILE.replace('options: ovn', 'options: [{class: 0x1234, type: 5, data: "DEADBEEF"}]'))
    assert.match(words(rules[0] as Rule), /option 1234:5:deadbeef\/ffffffff dst/)
    assert.match(words(rules[5] as Rule), /option 1234:5:deadbeef to/)
  })

  it('copies what is for all: to the VFs beside, once to each VTEP; what comes in, to the VFs of the PF', () => {
    const group = 'dst 01:00:00:00:00:00/01:00:00:00:00:00'
    const control = 'dst 01:80:c2:00:00:00/ff:ff:ff:ff:ff:f0'
    assert.deepEqual(
      compiled(FILE)
        .rules.filter(({ kind }) => FOR_ALL.has(kind))
        .map(words),
      [
        `geneve:6081 chain 0 prio 11: from 10.0.0.11 to 10.0.0.1:6081 VNI 5001 option 102:80:00008000/0000ffff ${group} -> decap to pf0vf0, to pf0vf1`,
        `geneve:6081 chain 0 prio 11: from 10.0.0.2 to 10.0.0.1:6081 VNI 5001 option 102:80:00008000/0000ffff ${group} -> decap to pf0vf0, to pf0vf1`,
        `geneve:6081 chain 0 prio 11: from 10.0.0.11 to 10.0.0.2:6081 VNI 5001 option 102:80:00008000/0000ffff ${group} -> decap to pf1vf3`,
        `geneve:6081 chain 0 prio 11: from 10.0.0.1 to 10.0.0.2:6081 VNI 5001 option 102:80:00008000/0000ffff ${group} -> decap to pf1vf3`,
        `pf0vf0 chain 0 prio 10: src 02:00:00:00:00:01 ${control} -> drop`,
        `pf0vf1 chain 0 prio 10: src 02:00:00:00:00:02 ${control} -> drop`,
        `pf1vf3 chain 0 prio 10: src 02:00:00:00:01:04 ${control} -> drop`,
        `pf0vf0 chain 0 prio 12: src 02:00:00:00:00:01 ${group} -> to pf0vf1, encap 10.0.0.1 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:00018000 to geneve:6081, encap 10.0.0.1 10.0.0.2:6081 VNI 5001 ttl 64 option 102:80:00018000 to geneve:6081`,
        `pf0vf1 chain 0 prio 12: src 02:00:00:00:00:02 ${group} -> to pf0vf0, encap 10.0.0.1 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:00028000 to geneve:6081, encap 10.0.0.1 10.0.0.2:6081 VNI 5001 ttl 64 option 102:80:00028000 to geneve:6081`,
        `pf1vf3 chain 0 prio 12: src 02:00:00:00:01:04 ${group} -> encap 10.0.0.2 10.0.0.11:6081 VNI 5001 ttl 64 option 102:80:000e8000 to geneve:6081, encap 10.0.0.2 10.0.0.1:6081 VNI 5001 ttl 64 option 102:80:000e8000 to geneve:6081`,
      ],
    )
  })

  it('says when a rule would have more copies than a filter can have', () => {
    const remotes = Array.from({ length: 17 }, (_, i) => ({
      mac: parseMac(`02:00:00:00:0e:${(16 + i).toString(16)}`),
      vtep: parseIp(`10.0.0.${20 + i}`),
    }))
    const { steering } = loadSteering(FILE, 'f')
    const [network] = steering.networks
    assert.ok(network)
    const remote = remotes.map((one) => ({ ...one, ips: [], plane: 'default', key: 200 }))
    const { rules, findings } = compile(resolve({ ...steering, networks: [{ ...network, remote }] }, NODE))
    assert.deepEqual(
      findings.map(({ code, text }) => `${code}: ${text}`),
      ['VF 0', 'VF 1', 'VF 3'].map(
        (vf, at) =>
          `BUM_TOO_WIDE: broadcast and ARP of network train, 0000:d${at < 2 ? 8 : 9}:00.0 ${vf}: ${at < 2 ? 37 : 36} actions, a rule has at most 32`,
      ),
    )
    assert.deepEqual(
      rules.filter(({ kind }) => kind === 'bum'),
      [],
    )
  })

  it('leaves what is for all to OVS where that copies it', () => {
    const { steering } = loadSteering(FILE, 'f')
    const networks = steering.networks.map((network) => ({ ...network, bum: 'ovs' as const }))
    const { rules } = compile(resolve({ ...steering, networks }, NODE))
    assert.ok(rules.every(({ kind }) => kind !== 'bum' && kind !== 'bum-decap'))
  })

  it("puts both keys into the VNI of OVN's VXLAN", () => {
    const rules = abroad(FILE.replace('type: geneve', 'type: vxlan').replace('5001', '5'))
    // egress key << 12 | datapath: the receiver's key in both directions
    assert.match(words(rules[0] as Rule), new RegExp(`VNI ${1 * 4096 + 5} dst`))
    assert.match(words(rules[5] as Rule), new RegExp(`VNI ${101 * 4096 + 5} ttl`))
  })

  it('shows a rule in one line', () => {
    assert.deepEqual(
      [0, 3, 5, 11].map((at) => showRule(abroad(FILE)[at] as Rule)),
      [
        'decap 10.0.0.11 -> 10.0.0.1 VNI 5001 -> 0000:d8:00.0 VF 0',
        'local 0000:d8:00.0 VF 0 -> 02:00:00:00:00:02 by pf0vf1',
        'encap 0000:d8:00.0 VF 0 -> 02:00:00:00:0f:01 by 10.0.0.1 -> 10.0.0.11 VNI 5001',
        'drop what 0000:d8:00.0 VF 0 sends otherwise',
      ],
    )
  })
})

const PFS = 3
const VFS = 4
const pciOf = (pf: number) => parsePciAddress(`0000:d${pf}:00.0`)
const node: NodeFacts = {
  pfs: Array.from({ length: PFS }, (_, pf) => ({
    pci: pciOf(pf),
    uplink: `p${pf}`,
    switchId: String(pf),
    vfs: Array.from({ length: VFS }, (_, index) => ({
      index,
      pci: parsePciAddress(`0000:d${pf}:00.${index + 1}`),
      netdevs: [`eth${pf}${index}`],
      representor: `pf${pf}vf${index}`,
    })),
  })),
  addresses: Array.from({ length: PFS }, (_, pf) => pf).flatMap((pf) =>
    [4, 6].map((family) => ({ ip: vtepOf(pf + 1, family), device: `p${pf}` })),
  ),
}

function vtepOf(host: number, family: number): IpAddress {
  return parseIp(family === 4 ? `10.0.0.${host}` : `fd00::${host}`)
}

/** The ways to name one VF. */
const spellings = (pf: number, index: number): VfName[] => [
  { pf: `p${pf}`, index },
  { pf: pciOf(pf), index },
  `pf${pf}vf${index}`,
  `eth${pf}${index}`,
  `0000:d${pf}:00.${index + 1}`,
]

const layout = fc.constantFrom<OptionsLayout>('none', 'ovn', [{ class: 1, type: 2, data: '01020304' }])
const plane = fc.constantFrom('a', 'b')
const family = fc.constantFrom(4, 4, 6)

/** Any Steering over that node: which VFs, which of them name a VTEP, which peers behind which VTEPs, which planes and families. */
const steerings: fc.Arbitrary<Steering> = fc
  .record({
    options: layout,
    cross: fc.boolean(),
    nics: fc.array(fc.record({ plane, family }), { minLength: PFS, maxLength: PFS }),
    vfs: fc.uniqueArray(
      fc.record({
        pf: fc.nat(PFS - 1),
        index: fc.nat(VFS - 1),
        named: fc.option(fc.nat(PFS - 1), { nil: undefined }),
        spelling: fc.nat(4),
      }),
      { selector: ({ pf, index }) => pf * VFS + index, maxLength: 6 },
    ),
    remotes: fc.array(fc.record({ host: fc.integer({ min: 11, max: 14 }), plane, family }), { maxLength: 6 }),
  })
  .map(({ options, cross, nics, vfs, remotes }) => {
    const vteps = nics.map((nic, pf) => vtepOf(pf + 1, nic.family))
    return {
      encapsulation: { type: 'geneve', port: 6081, options, ttl: 64 },
      fallback: 'never',
      crossPlane: cross ? [['a', 'b']] : [],
      nics: nics.map((nic, pf) => ({ pf: `p${pf}`, vtep: vteps[pf] as IpAddress, plane: nic.plane })),
      networks: [
        {
          name: 'n',
          vni: parseVni(7),
          local: vfs.map(({ pf, index, named, spelling }, at) => ({
            vf: spellings(pf, index)[spelling] as VfName,
            mac: parseMac(`02:00:00:00:00:0${at + 1}`),
            ips: [],
            key: at + 1,
            ...(named !== undefined && { vtep: vteps[named] }),
          })),
          remote: remotes.map((remote, at) => ({
            mac: parseMac(`02:00:00:00:0f:0${at + 1}`),
            ips: [],
            vtep: vtepOf(remote.host, remote.family),
            plane: remote.plane,
            key: 100 + at,
          })),
        },
      ],
    }
  })

/** The NIC whose VTEP a local endpoint has. */
function vtepOfLocal(steering: Steering, endpoint: LocalEndpoint): NicSpec | undefined {
  const { nic } = resolve(steering, node).networks[0]?.local.find(({ mac }) => mac === endpoint.mac) ?? {}
  return steering.nics.find(({ vtep }) => vtep === (endpoint.vtep ?? nic?.vtep))
}

const compiledOf = (steering: Steering) => compile(resolve(steering, node))

describe('compile, for any Steering', () => {
  it("encapsulates with the VTEP that the source names or its own PF's, towards the destination's, in one plane and family", () => {
    fc.assert(
      fc.property(steerings, (steering) => {
        const [network] = steering.networks
        for (const { kind, pf: taker, action, match, peer } of compiledOf(steering).rules) {
          if (action.kind !== 'encap') continue
          assert.equal(kind, 'encap')
          const source = network?.local.find(({ mac }) => mac === match.srcMac)
          const own = steering.nics.find(({ pf }) => pf === node.pfs.find(({ pci }) => pci === taker)?.uplink)
          const nic = steering.nics.find(({ vtep }) => vtep === (source?.vtep ?? own?.vtep))
          const inside = network?.local.find(({ mac }) => mac === peer)
          const remote = inside ? vtepOfLocal(steering, inside) : network?.remote.find(({ mac }) => mac === peer)
          assert.equal(action.tunnel.localIp, nic?.vtep)
          assert.equal(action.tunnel.remoteIp, remote?.vtep)
          assert.notEqual(action.tunnel.localIp, action.tunnel.remoteIp)
          if (!inside || steering.crossPlane.length === 0) assert.equal(nic?.plane, remote?.plane)
          assert.equal(ipFamily(action.tunnel.localIp), ipFamily(action.tunnel.remoteIp))
        }
      }),
    )
  })

  it('lets a VF speak only with its own MAC, and gets to it only what is for its MAC', () => {
    fc.assert(
      fc.property(steerings, (steering) => {
        const macs = new Map(
          resolve(steering, node).networks[0]?.local.map(({ representor, mac }) => [representor, mac]),
        )
        for (const { device, match, action } of compiledOf(steering).rules) {
          if (device.role === 'representor' && action.kind !== 'drop') assert.equal(match.srcMac, macs.get(device.name))
          if ((action.kind === 'decap' || action.kind === 'redirect') && action.to.role === 'representor')
            assert.equal(match.dstMac, macs.get(action.to.name))
        }
      }),
    )
  })

  it('has for every encap rule the decap rule of the way back, and none without', () => {
    fc.assert(
      fc.property(steerings, (steering) => {
        const { rules } = compiledOf(steering)
        const there = new Set<string>()
        const back = new Set<string>()
        for (const { kind, vf, action, match } of rules) {
          if (action.kind === 'encap')
            there.add(`${vf?.pf}/${vf?.index} ${action.tunnel.localIp} ${action.tunnel.remoteIp} ${action.tunnel.vni}`)
          if (match.tunnel && kind === 'decap')
            back.add(`${vf?.pf}/${vf?.index} ${match.tunnel.localIp} ${match.tunnel.remoteIp} ${match.tunnel.vni}`)
        }
        assert.deepEqual([...back].sort(), [...there].sort())
      }),
    )
  })

  it('copies once to each VTEP that the VF has a tunnel to, and takes in from each', () => {
    fc.assert(
      fc.property(steerings, (steering) => {
        const { rules } = compiledOf(steering)
        const pairs = (of: readonly string[]) => [...new Set(of)].sort()
        const single = rules.flatMap(({ kind, vf, action }) =>
          kind === 'encap' && action.kind === 'encap' ? `${vf?.pf}/${vf?.index} ${action.tunnel.remoteIp}` : [],
        )
        const copied = rules.flatMap(({ kind, vf, action }) => {
          if (kind !== 'bum') return []
          const outputs = action.kind === 'copies' ? action.outputs : []
          return outputs.flatMap(({ tunnel }) => (tunnel ? `${vf?.pf}/${vf?.index} ${tunnel.remoteIp}` : []))
        })
        assert.deepEqual(copied.sort(), pairs(single))
        const received = (wanted: string) =>
          rules.flatMap(({ kind, match, action }) => {
            if (kind !== wanted || match.tunnel === undefined) return []
            const to = action.kind === 'copies' ? action.outputs : action.kind === 'decap' ? [{ to: action.to }] : []
            const from = `${match.tunnel.remoteIp} ${match.tunnel.localIp}`
            return to.map((output) => `${from} ${showDevice(output.to)}`)
          })
        // Between VFs with one VTEP some pairs may be without a tunnel of their own; nobody gets two copies.
        const all = received('bum-decap')
        assert.deepEqual(all.sort(), pairs(all))
        for (const one of received('decap')) assert.ok(all.includes(one), one)
      }),
    )
  })

  it('gives no two rules one identity', () => {
    fc.assert(
      fc.property(steerings, (steering) => {
        const identities = compiledOf(steering).rules.map(({ device, chain, priority, match }) =>
          JSON.stringify([device, chain, priority, match]),
        )
        assert.equal(new Set(identities).size, identities.length)
      }),
    )
  })

  it('covers every pair: by a rule, or by a finding', () => {
    fc.assert(
      fc.property(steerings, (steering) => {
        const [{ local, remote } = { local: [], remote: [] }] = steering.networks
        const { rules, findings } = compiledOf(steering)
        const count = (kind: string) => rules.filter((rule) => rule.kind === kind).length
        const codes = (wanted: string) => findings.filter(({ code }) => code === wanted).length
        const unpaired = codes('NO_COMMON_PLANE') + codes('NO_COMMON_FAMILY')
        const shared = codes('ONE_VTEP_FOR_TWO_NICS')
        const [inside, outside] = [true, false].map(
          (wanted) =>
            rules.filter(({ kind, intraNode }) => kind === 'encap' && (intraNode !== undefined) === wanted).length,
        )
        // A pair inside the node has a rule each way, or one finding.
        const insideFindings = findings.filter(({ text }) => text.includes('both on this node')).length
        assert.equal((outside ?? 0) + unpaired - (insideFindings - shared), local.length * remote.length)
        assert.equal(count('local') + (inside ?? 0) + 2 * insideFindings, local.length ** 2 - local.length)
        assert.equal(count('drop'), local.length)
      }),
    )
  })

  it('gives the same rules for the same input', () => {
    fc.assert(
      fc.property(steerings, (steering) => {
        assert.deepEqual(compiledOf(structuredClone(steering)), compiledOf(steering))
      }),
    )
  })
})
