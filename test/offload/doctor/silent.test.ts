import { strict as assert } from 'node:assert'
import { constants } from 'node:os'
import { parseIp, parsePciAddress } from '../../../src/base/types.js'
import { examine } from '../../../src/offload/doctor/examine.js'
import type { NodeState } from '../../../src/offload/doctor/state.js'
import { withBpf } from './cases/kernel.js'
import { FRESH, HEALTHY, pciOf } from './sample.js'
import { findingOf, VXLAN, WITH_FILE, wanted, withLink, withOvs, withPart, withPf } from './states.js'

describe('doctor says why it says nothing', () => {
  const SKIPPED: [id: string, title: string, state: NodeState, says: RegExp][] = [
    [
      'kernel.mlx5-cls-act',
      'in the lab',
      { ...FRESH, pfs: FRESH.pfs.map((pf) => ({ ...pf, driver: 'simnic' })) },
      /no mlx5 NIC/,
    ],
    ['kernel.tc-skb-ext', 'without Open vSwitch', FRESH, /nothing here chains rules/],
    ['kernel.flower', 'without configuration and modules', withPart(HEALTHY, 'flower', {}), /can't be known/],
    ['kernel.mlx5-cls-act', 'without configuration', withPart(HEALTHY, 'mlx5ClsAct', {}), /can't be known/],
    ['kernel.vxlan', 'where GENEVE is wanted', HEALTHY, /geneve, by external_ids:ovn-encap-type/],
    ['nic.flex-parser', 'before a GENEVE rule is in hardware', FRESH, /flex_parser_protocols/],
    ['nic.flex-parser', 'with VXLAN', VXLAN, /encapsulation is vxlan/],
    ['tunnel.qdisc-age', 'whose decap rules are not in hardware', { ...HEALTHY, filters: [] }, /can't be known/],
    [
      'nic.switchdev',
      'asked by a user',
      withPf(FRESH, () => ({ eswitchMode: 'unknown', eswitch: { unknown: 'EPERM', errno: constants.errno.EPERM } })),
      /root/,
    ],
    ['vtep.rp-filter', 'whose second NIC has no VTEP', { ...HEALTHY, vteps: HEALTHY.vteps.slice(0, 1) }, /no two NICs/],
    [
      'vtep.arp-ignore',
      'whose NICs have networks of their own',
      { ...HEALTHY, vteps: HEALTHY.vteps.map((one, k) => ({ ...one, ip: parseIp(`10.0.${k}.1`) })) },
      /no two NICs/,
    ],
    [
      'steering.file',
      'whose VTEP is missing',
      wanted({ refusal: { code: 'VTEP_NOT_CONFIGURED', text: '', hint: '' }, filters: [] }),
      /VTEP_NOT_CONFIGURED, which another check says/,
    ],
    [
      'ovs.hw-offload',
      'whose Open vSwitch has nothing of ours',
      withOvs({ ...HEALTHY, ovsPorts: { representors: [], tunnels: [] } }, () => ({ otherConfig: {} })),
      /no uplink and no VF/,
    ],
    ['bpf.classifier', 'without a fallback', withPart(HEALTHY, 'clsBpf', { config: 'n' }), /no file wants a fallback/],
    ['bpf.tunnel-local-ip', 'without a fallback', withBpf({ tunnelLocalIp: { value: false } }), /no file wants/],
    ...(['ringBuffer', 'fentry'] as const).map((part): [string, string, NodeState, RegExp] => [
      part === 'fentry' ? 'bpf.fentry' : 'bpf.ring-buffer',
      'without Open vSwitch',
      withBpf({ [part]: { value: false } }, FRESH),
      /trace extack .*; nobody needs it here/,
    ]),
    [
      'bpf.libbpf',
      'without Open vSwitch',
      withBpf({ noLibrary: 'not found' }, FRESH),
      /not found; nobody needs it here/,
    ],
  ]
  for (const [id, title, state, says] of SKIPPED) {
    it(`${id} on a node ${title}`, () => {
      const found = findingOf(state, id)
      assert.deepEqual([found.result, found.fix], ['SKIP', []])
      assert.match(found.says, says)
    })
  }

  it('every check of BPF where it could not be tried', () => {
    const why = { unknown: 'it takes root to try it' }
    const bpf = { ringBuffer: why, tcx: why, tunnelLocalIp: why, fentry: why }
    const silent = examine({ ...HEALTHY, root: false, bpf }).findings.filter(({ area }) => area === 'bpf')
    assert.ok(silent.length > 3)
    for (const { result, says } of silent) assert.deepEqual([result, says], ['SKIP', 'it takes root to try it'])
  })
})

describe('doctor leaves alone what has nothing to do with tunnels', () => {
  const onboard = {
    ...HEALTHY.pfs[0]!,
    pci: parsePciAddress('0000:01:00.0'),
    driver: 'ixgbe',
    uplink: { ...HEALTHY.pfs[0]!.uplink, name: 'eno1', carrier: false },
    switchId: '',
    eswitchMode: 'unknown' as const,
    hwTcOffload: 'unsupported' as const,
    vfs: [],
    vteps: [],
  }
  const worst = (state: NodeState) =>
    examine(state)
      .findings.filter(({ result }) => result === 'FAIL' || result === 'WARN')
      .map(({ says }) => says)

  it('an onboard NIC that could have VFs, or has some of the legacy kind', () => {
    assert.deepEqual(worst({ ...HEALTHY, pfs: [...HEALTHY.pfs, onboard] }), [])
    const vfs = [{ index: 0, pci: parsePciAddress('0000:01:10.0'), netdevs: ['eno1v0'] }]
    assert.deepEqual(worst({ ...HEALTHY, pfs: [...HEALTHY.pfs, { ...onboard, eswitchMode: 'legacy', vfs }] }), [])
  })

  it('a second port without VFs and cable', () => {
    const [first, second] = FRESH.pfs
    const spare = { ...second!, vfs: [], representorOffload: {}, uplink: { ...second!.uplink, carrier: false } }
    const state = { ...FRESH, pfs: [first!, spare], ports: FRESH.ports.slice(0, 2), vteps: FRESH.vteps.slice(0, 1) }
    assert.deepEqual(worst(state), [])
  })

  it('a NIC that the file does not name', () => {
    const other = { ...FRESH.pfs[1]!, eswitchMode: 'legacy' as const, hwTcOffload: 'off' as const }
    const state = { ...FRESH, pfs: [FRESH.pfs[0]!, other], vteps: FRESH.vteps.slice(0, 1) }
    assert.equal(worst(state).length, 2)
    assert.deepEqual(worst({ ...state, wanted: { ...WITH_FILE.wanted!, pfs: [pciOf(0)] } }), [])
  })

  it('representors that carry nothing, and their MTU', () => {
    const unused = withPf(withLink(HEALTHY, 'pf0vf1', { mtu: 9000, slaveKind: undefined as never }), ({ vfs }) => ({
      vfs: vfs.map((vf) => (vf.index === 1 ? { ...vf, representor: { ...vf.representor!, up: false } } : vf)),
    }))
    const state = { ...unused, ovsPorts: { ...unused.ovsPorts, representors: ['pf0vf0', 'pf1vf0', 'pf1vf1'] } }
    assert.deepEqual(worst(state), [])
  })
})
