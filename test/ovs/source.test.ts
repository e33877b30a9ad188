import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import type { NicsteerError } from '../../src/base/errors.js'
import { completeSteering } from '../../src/ovs/source.js'
import { compile } from '../../src/steering/compile.js'
import type { Finding } from '../../src/steering/model.js'
import { resolve } from '../../src/steering/resolve.js'
import { ovnDifferences } from '../../src/steering/select.js'
import { type LoadedSteering, loadSteering } from '../../src/steering/spec/load.js'
import { FILE, NODE } from '../steering/sample.js'
import { type OvnState, write } from './support/ovn.js'
import { createDatabase, OvsdbServer, temporaryFolder } from './support/ovsdb-server.js'

const REPRESENTORS = new Set(NODE.pfs.flatMap(({ vfs }) => vfs.flatMap(({ representor }) => representor ?? [])))
const [A, B, C, D] = ['10.0.0.1', '10.0.0.2', '10.0.0.11', '10.0.0.12'] as const

/** Two chassis with two encapsulations each; port a on PF 0 and b on PF 1 here, c and d there. */
const STATE: OvnState = {
  settings: {
    'system-id': 'n1',
    'ovn-encap-type': 'geneve',
    'ovn-encap-ip': `${B},${A}`,
    'ovn-pf-encap-ip-mapping': `p0:${A},p1:${B}`,
  },
  interfaces: {
    pf0vf0: { 'iface-id': 'a', 'encap-ip': A },
    pf1vf0: { 'iface-id': 'b', 'encap-ip': B },
    'ovn-n2-0': {},
  },
  chassis: { n1: { encaps: [A, B] }, n2: { encaps: [C, D] } },
  switches: {
    ls: {
      key: 5001,
      ports: [
        { name: 'a', key: 1, chassis: 'n1', encap: A },
        { name: 'b', key: 2, chassis: 'n1', encap: B },
        { name: 'c', key: 3, chassis: 'n2', encap: C },
        { name: 'd', key: 4, chassis: 'n2', encap: D },
      ],
    },
    other: { key: 5002, ports: [{ name: 'e', key: 1, chassis: 'n2', encap: C }] },
  },
}

type Ports = OvnState['switches'][string]['ports']
/** The same with other settings, interfaces or ports of `ls`. */
function changed(change: {
  settings?: Record<string, string>
  interfaces?: OvnState['interfaces']
  chassis?: OvnState['chassis']
  ports?: (ports: Ports) => Ports
  rest?: Partial<OvnState>
}): OvnState {
  const { ls, other } = STATE.switches
  assert.ok(ls && other)
  return {
    ...STATE,
    settings: { ...STATE.settings, ...change.settings },
    interfaces: { ...STATE.interfaces, ...change.interfaces },
    chassis: { ...STATE.chassis, ...change.chassis },
    switches: { ls: { ...ls, ports: (change.ports ?? ((ports) => ports))(ls.ports) }, other },
    ...change.rest,
  }
}

const codesOf = (findings: readonly Finding[]) => findings.map(({ code }) => code)

describe('networks from OVN, with real databases', () => {
  let folder = ''
  let server: OvsdbServer | undefined
  const address = () => `unix:${join(folder, 'db.sock')}`
  before(async function () {
    folder = temporaryFolder()
    const databases = [
      createDatabase(this, join(folder, 'vswitch.db'), 'vswitch'),
      createDatabase(this, join(folder, 'sb.db'), 'ovn-sb'),
    ]
    server = await OvsdbServer.start({ databases, remotes: [`p${address()}`] })
  })
  after(() => server?.[Symbol.asyncDispose]())

  const file = (rest = '', stateless = '') =>
    loadSteering(
      `apiVersion: nicsteer/v1alpha1
kind: Steering
spec:
${rest}  source:
    ovn:
      southbound: ${address()}
      ovs: ${address()}
      stateless: [${stateless}]
`,
      'steering.yaml',
    )
  const read = async (state: OvnState, loaded: LoadedSteering = file()) => {
    await write(address(), state)
    return completeSteering(loaded, REPRESENTORS)
  }
  const compiled = ({ steering, refuse, findings }: LoadedSteering) => {
    const resolved = resolve(steering, NODE, refuse)
    const { rules, findings: more } = compile(resolved, refuse)
    return { rules, findings: [...findings, ...ovnDifferences(resolved, refuse), ...more] }
  }
  /** `a -> c: 10.0.0.1 10.0.0.11`, by keys of the ports. */
  const tunnels = (loaded: LoadedSteering) =>
    compiled(loaded).rules.flatMap(({ vf, peer, action }) =>
      action.kind === 'encap' ? [`${vf?.pf} -> ${peer}: ${action.tunnel.localIp} ${action.tunnel.remoteIp}`] : [],
    )

  it('have the endpoints, keys and encapsulations of the southbound database', async () => {
    const { steering, findings } = await read(STATE)
    assert.deepEqual(findings, [])
    assert.deepEqual(steering.encapsulation, { type: 'geneve', port: 6081, options: 'ovn', ttl: 64 })
    assert.equal(steering.networks.length, 1, 'a network without a VF of ours is none of our business')
    const [{ local, remote, ...network }] = steering.networks as [(typeof steering.networks)[0]]
    assert.deepEqual(network, { name: 'ls', vni: 5001, bum: 'ovs', intraNode: false })
    assert.deepEqual(
      local.map(({ vf, mac, ips, key, vtep, ovn }) => ({
        vf,
        mac,
        ips,
        key,
        vtep,
        by: ovn?.vtepBy,
        choice: ovn?.choice.ip,
      })),
      [
        {
          vf: 'pf0vf0',
          mac: '02:00:00:00:00:01',
          ips: ['192.168.7.1'],
          key: 1,
          vtep: A,
          by: 'external_ids:encap-ip of Interface pf0vf0',
          choice: A,
        },
        {
          vf: 'pf1vf0',
          mac: '02:00:00:00:00:02',
          ips: ['192.168.7.2'],
          key: 2,
          vtep: B,
          by: 'external_ids:encap-ip of Interface pf1vf0',
          choice: B,
        },
      ],
    )
    assert.deepEqual(remote, [
      { mac: '02:00:00:00:00:03', ips: ['192.168.7.3'], vtep: C, plane: 'default', key: 3, node: 'host-n2' },
      { mac: '02:00:00:00:00:04', ips: ['192.168.7.4'], vtep: D, plane: 'default', key: 4, node: 'host-n2' },
    ])
  })

  it('give rules whose VTEPs are those of the PFs of the mapping, without nics in the file', async () => {
    const quiet = { interfaces: { pf0vf0: { 'iface-id': 'a' }, pf1vf0: { 'iface-id': 'b' } } }
    const untied = (ports: Ports) => ports.map((port) => (port.chassis === 'n1' ? { ...port, encap: '' } : port))
    const loaded = await read(changed({ ...quiet, ports: untied }))
    assert.deepEqual(tunnels(loaded), [
      `0000:d8:00.0 -> 02:00:00:00:00:03: ${A} ${C}`,
      `0000:d8:00.0 -> 02:00:00:00:00:04: ${A} ${D}`,
      `0000:d9:00.0 -> 02:00:00:00:00:03: ${B} ${C}`,
      `0000:d9:00.0 -> 02:00:00:00:00:04: ${B} ${D}`,
    ])
    const [finding] = compiled(loaded).findings
    assert.equal(finding?.code, 'OVN_CHOOSES_ANOTHER_VTEP')
    assert.match(
      finding?.text ?? '',
      /port b: wanted is 10\.0\.0\.2 \(.*by ovn-pf-encap-ip-mapping\), OVN sends by 10\.0\.0\.1 \(encapsulation 0/,
    )
  })

  it('take what the file says of a PF before the mapping, and the default where neither knows it', async () => {
    const settings = { 'ovn-pf-encap-ip-mapping': '', 'ovn-encap-ip-default': B }
    const chassis = { n1: { encaps: [A, B], byDefault: B } }
    const interfaces = { pf0vf0: { 'iface-id': 'a' }, pf1vf0: { 'iface-id': 'b' } }
    const tied = (ports: Ports) => ports.map((port) => (port.chassis === 'n1' ? { ...port, encap: B } : port))
    const state = changed({ settings, chassis, interfaces, ports: tied })
    const loaded = await read(state, file(`  nics: [{pf: p0, vtep: ${A}}]\n`))
    assert.deepEqual(
      tunnels(loaded).map((text) => text.split(': ')[1]),
      [`${A} ${C}`, `${A} ${D}`, `${B} ${C}`, `${B} ${D}`],
    )
    const { rules } = compiled(loaded)
    assert.ok(rules.some(({ why }) => /ovn-encap-ip-default, because .* has none of its own/.test(why)))
  })

  it('have the settings of the chassis before those of all', async () => {
    const loaded = await read(changed({ settings: { 'ovn-pf-encap-ip-mapping-n1': `p0:${B},p1:${A}` } }))
    assert.deepEqual(
      loaded.steering.chassis?.mapping.map(({ pf, ip }) => `${pf} ${ip}`),
      [`p0 ${B}`, `p1 ${A}`],
    )
  })

  it('have the planes that are written with addresses', async () => {
    const settings = {
      'ovn-encap-ip': `${A}:rail0,[fd00::2]:rail1`,
      'ovn-pf-encap-ip-mapping': `p0:${A},p1:[fd00::2]:rail1`,
    }
    const { steering } = await read(changed({ settings }))
    assert.deepEqual(steering.chassis, {
      mapping: [
        { pf: 'p0', ip: A, plane: 'rail0' },
        { pf: 'p1', ip: 'fd00::2', plane: 'rail1' },
      ],
      all: [
        { ip: A, plane: 'rail0' },
        { ip: 'fd00::2', plane: 'rail1' },
      ],
    })
  })

  it('leave tunnels between two NICs to OVN, unless the network is declared stateless', async () => {
    const { rules, findings } = compiled(await read(STATE))
    assert.ok(!rules.some(({ intraNode }) => intraNode !== undefined))
    assert.deepEqual(codesOf(findings), ['INTRA_NODE_OFF'])
    const declared = compiled(await read(STATE, file('', 'ls')))
    assert.ok(declared.rules.some(({ intraNode }) => intraNode === B))
    assert.deepEqual(declared.findings, [])
  })

  const stateful: [title: string, rest: Partial<OvnState>, words: RegExp][] = [
    ['an ACL', { flows: [{ of: 'ls', stage: 'ls_out_acl_eval', priority: 2001 }] }, /ls_out_acl_eval/],
    ['an ACL of the lowest priority', { flows: [{ of: 'ls', stage: 'ls_in_acl', priority: 1000 }] }, /ls_in_acl/],
    [
      'an ACL that switches share',
      { flows: [{ of: 'ls', stage: 'ls_in_acl_eval', priority: 33767, grouped: true }] },
      /ls_in_acl_eval/,
    ],
    ['a meter', { flows: [{ of: 'ls', stage: 'ls_in_qos', priority: 100 }] }, /ls_in_qos/],
    ['a load balancer', { loadBalancers: { web: ['ls', 'other'] } }, /load balancer web/],
  ]
  for (const [title, rest, words] of stateful) {
    it(`are not stateless with ${title}`, async () => {
      await assert.rejects(read(changed({ rest }), file('', 'ls')), { code: 'NOT_STATELESS', line: 8, message: words })
    })
  }
  it('are stateless whatever other switches have, and with what northd writes anyway', async () => {
    const flows = [
      { of: 'other', stage: 'ls_in_acl_eval', priority: 2000 },
      { of: 'ls', stage: 'ls_in_acl_eval', priority: 0 },
      { of: 'ls', stage: 'ls_in_acl_eval', priority: 34000 },
      { of: 'ls', stage: 'ls_in_l2_lkup', priority: 2000 },
    ]
    const { steering } = await read(changed({ rest: { flows, loadBalancers: { web: ['other'] } } }), file('', 'ls'))
    assert.equal(steering.networks[0]?.intraNode, true)
  })

  const port = (name: string, key: number) => ({ name, key, chassis: 'n2', encap: C })
  const findings: [title: string, state: OvnState, code: string, words: RegExp][] = [
    [
      'a VF whose port does not exist',
      changed({ interfaces: { pf0vf1: { 'iface-id': 'nobody' } } }),
      'NO_PORT_BINDING',
      /pf0vf1 has iface-id nobody/,
    ],
    [
      'no VF in Open vSwitch',
      changed({ rest: { interfaces: { eth0: { 'iface-id': 'a' } } } }),
      'NO_VF_IN_OVN',
      /nothing to steer/,
    ],
    [
      'a port that is bound elsewhere',
      changed({ ports: ([a, ...rest]) => [{ ...a!, chassis: 'n2', encap: C }, ...rest] }),
      'PORTS_LEFT_TO_OVS',
      /a: bound to chassis n2/,
    ],
    [
      'a port that is not bound yet',
      changed({ ports: (ports) => [{ name: 'a', key: 1 }, ...ports.slice(1)] }),
      'PORTS_LEFT_TO_OVS',
      /a: bound nowhere/,
    ],
    [
      'a port of this node that is on no VF',
      changed({ ports: (ports) => [...ports, { name: 'pod', key: 9, chassis: 'n1', encap: A }] }),
      'PORTS_LEFT_TO_OVS',
      /pod: on this node, but not on a VF/,
    ],
    [
      'a router',
      changed({ ports: (ports) => [...ports, { name: 'r', key: 9, type: 'patch' }] }),
      'PORTS_LEFT_TO_OVS',
      /r: of type patch/,
    ],
    [
      'a nested port',
      changed({ ports: (ports) => [...ports, { ...port('n', 9), parent: 'c' }] }),
      'PORTS_LEFT_TO_OVS',
      /n: nested in c/,
    ],
    [
      'a port without an address',
      changed({ ports: (ports) => [...ports, { ...port('x', 9), mac: ['unknown'] }] }),
      'NO_ADDRESS',
      /port x .*unknown/,
    ],
    [
      'a port with two',
      changed({
        ports: (ports) => [...ports, { ...port('x', 9), mac: ['02:00:00:00:01:01 10.1.1.1', '02:00:00:00:01:02'] }],
      }),
      'MORE_ADDRESSES',
      /02:00:00:00:01:02/,
    ],
    [
      "an encap-ip that is nobody's",
      changed({
        interfaces: { pf0vf0: { 'iface-id': 'a', 'encap-ip': '10.9.9.9' } },
        ports: ([a, ...rest]) => [{ ...a!, encap: '' }, ...rest],
      }),
      'UNKNOWN_ENCAP_IP',
      /pf0vf0 is 10\.9\.9\.9/,
    ],
    [
      "a default that is nobody's",
      changed({ settings: { 'ovn-encap-ip-default': '10.9.9.9' } }),
      'UNKNOWN_ENCAP_IP',
      /^ovn-encap-ip-default is 10\.9\.9\.9/,
    ],
    [
      'many ports, the first of them',
      changed({
        ports: (ports) => [
          ...ports,
          ...Array.from({ length: 9 }, (_, n) => ({ name: `r${n}`, key: 20 + n, type: 'patch' })),
        ],
      }),
      'PORTS_LEFT_TO_OVS',
      /network ls: r0, r1, r2, r3, r4 and 4 more: of type patch$/,
    ],
    [
      'a MAC that two ports have',
      changed({ ports: (ports) => [...ports, { ...port('x', 9), mac: ['02:00:00:00:00:03'] }] }),
      'SAME_MAC_TWICE',
      /port x has the MAC 02:00:00:00:00:03/,
    ],
    [
      'a chassis of another transport zone',
      changed({ chassis: { n2: { encaps: [C, D], zones: ['z'] } } }),
      'NO_TUNNEL_TO_CHASSIS',
      /n2: .*zone/,
    ],
    [
      'a chassis with VXLAN only',
      changed({ chassis: { n2: { encaps: [C, D], type: 'vxlan' } } }),
      'NO_TUNNEL_TO_CHASSIS',
      /type of encapsulation/,
    ],
    [
      'a chassis of another zone',
      changed({ chassis: { n2: { encaps: [C, D], config: { 'is-remote': 'true' } } } }),
      'NO_TUNNEL_TO_CHASSIS',
      /another zone/,
    ],
    [
      'a transit switch without a VF of ours',
      { ...STATE, switches: { ...STATE.switches, ts: { key: 7, ports: [{ ...port('far', 1), type: 'remote' }] } } },
      'INTERCONNECT_NOT_COVERED',
      /ports of other zones \(far\) are in transit/,
    ],
    [
      'remote ports that are tied to no encapsulation',
      changed({ ports: (ports) => ports.map((one) => (one.chassis === 'n2' ? { ...one, encap: '' } : one)) }),
      'OVN_FALLS_BACK',
      /from 10\.0\.0\.1 .* to c, d: .*first of: 10\.0\.0\.1 -> 10\.0\.0\.11, 10\.0\.0\.1 -> 10\.0\.0\.12$/,
    ],
  ]
  for (const [title, state, code, words] of findings) {
    it(`name ${title}`, async () => {
      const found = (await read(state)).findings.filter((one) => one.code === code)
      assert.ok(found.length > 0, code)
      assert.match(found[0]?.text ?? '', words)
    })
  }

  it('have the ports of a transit switch that a VF of ours is in', async () => {
    const zones = {
      n1: { encaps: [A, B], config: { 'is-interconn': 'true' } },
      n2: { encaps: [C, D], config: { 'is-remote': 'true' } },
    }
    const remote = (ports: Ports) => ports.map((one) => (one.chassis === 'n2' ? { ...one, type: 'remote' } : one))
    const loaded = await read(changed({ chassis: zones, ports: remote }))
    assert.deepEqual(loaded.findings, [])
    assert.equal(tunnels(loaded).length, 4)
  })

  it('send to the default of a chassis whose ports are tied to none, as wanted', async () => {
    const untied = (ports: Ports) => ports.map((one) => (one.chassis === 'n2' ? { ...one, encap: '' } : one))
    const loaded = await read(changed({ chassis: { n2: { encaps: [C, D], byDefault: D } }, ports: untied }))
    assert.deepEqual([...new Set(tunnels(loaded).map((text) => text.split(' ').at(-1)))], [D])
  })

  const refused: [
    title: string,
    state: OvnState,
    rest: [string?, string?],
    code: string,
    words: RegExp,
    line: number,
  ][] = [
    [
      'a chassis that is not registered',
      changed({ settings: { 'system-id': 'n9' } }),
      [],
      'NO_CHASSIS',
      /no chassis n9/,
      5,
    ],
    [
      'a mapping that is none',
      changed({ settings: { 'ovn-pf-encap-ip-mapping': 'p0' } }),
      [],
      'BAD_EXTERNAL_ID',
      /"p0" is not PF:VTEP/,
      5,
    ],
    [
      'an encap-ip that is none',
      changed({ settings: { 'ovn-encap-ip': '10.0.0.1/24' } }),
      [],
      'BAD_EXTERNAL_ID',
      /ovn-encap-ip .*10\.0\.0\.1\/24/,
      5,
    ],
    [
      'two planes for one VTEP',
      changed({ settings: { 'ovn-encap-ip': `${A}:rail0,${B}`, 'ovn-pf-encap-ip-mapping': `p0:${A}:rail1` } }),
      [],
      'PLANE_CONTRADICTION',
      /rail0 and, in ovn-pf-encap-ip-mapping, in plane rail1/,
      5,
    ],
    [
      'another encapsulation in the file',
      STATE,
      ['  encapsulation: {type: vxlan, options: ovn}\n'],
      'ENCAPSULATION_DIFFERS',
      /geneve, port 6081/,
      4,
    ],
    ['a stateless network that is none of ours', STATE, ['', 'other'], 'UNKNOWN_NETWORK', /other/, 8],
  ]
  for (const [title, state, rest, code, words, line] of refused) {
    it(`are refused with ${title}`, async () => {
      await assert.rejects(read(state, file(...rest)), (error: NicsteerError) => {
        assert.deepEqual([error.code, error.file, error.line], [code, 'steering.yaml', line], error.message)
        assert.match(error.message, words)
        return true
      })
    })
  }

  it('are refused when nobody answers, with the line that names whom we asked', async () => {
    const loaded = loadSteering(
      'apiVersion: nicsteer/v1alpha1\nkind: Steering\nspec:\n  source: {ovn: {ovs: "unix:/nowhere"}}\n',
      'f',
    )
    await assert.rejects(completeSteering(loaded, REPRESENTORS), {
      code: 'OVSDB_UNREACHABLE',
      line: 4,
      message: /unix:\/nowhere: ENOENT/,
    })
    const bad = loadSteering(
      'apiVersion: nicsteer/v1alpha1\nkind: Steering\nspec:\n  source: {ovn: {ovs: nowhere}}\n',
      'f',
    )
    await assert.rejects(completeSteering(bad, REPRESENTORS), { code: 'OVSDB_BAD_ADDRESS', line: 4 })
  })

  it('need no file with networks: a VF is found by its iface-id too', async () => {
    await write(address(), STATE)
    const named = loadSteering(FILE.replace('{pf: p1, index: 3}', '{ifaceId: b}'), 'f')
    const { steering, refuse } = await completeSteering(named, REPRESENTORS, address())
    assert.equal(resolve(steering, NODE, refuse).networks[0]?.local[2]?.representor, 'pf1vf0')
    const unknown = loadSteering(FILE.replace('{pf: p1, index: 3}', '{ifaceId: z}'), 'f')
    const other = await completeSteering(unknown, REPRESENTORS, address())
    assert.throws(() => resolve(other.steering, NODE, other.refuse), {
      code: 'UNKNOWN_VF',
      line: 14,
      message: /iface-id z/,
    })
    await assert.rejects(completeSteering(unknown, REPRESENTORS, 'unix:/nowhere'), {
      code: 'UNKNOWN_VF',
      line: 14,
      message: /ENOENT/,
    })
    const plain = loadSteering(FILE, 'f')
    assert.equal(await completeSteering(plain, REPRESENTORS, 'unix:/nowhere'), plain, 'nothing is asked without need')
  })
})
