import { strict as assert } from 'node:assert'
import { NicsteerError } from '../../src/base/errors.js'
import { parsePciAddress } from '../../src/base/types.js'
import type { NodeFacts } from '../../src/steering/model.js'
import { resolve } from '../../src/steering/resolve.js'
import { loadSteering } from '../../src/steering/spec/load.js'
import { changed, FILE, NODE } from './sample.js'

function resolved(text: string, node: NodeFacts = NODE) {
  const { steering, refuse } = loadSteering(text, 'steering.yaml')
  return resolve(steering, node, refuse)
}

const vfOf = (index: number) => ({ index, pci: parsePciAddress(`0000:d8:00.${index + 1}`), netdevs: [] })

/** The node with another first PF. */
const withFirstPf = (vfs: NodeFacts['pfs'][number]['vfs']): NodeFacts => ({
  ...NODE,
  pfs: NODE.pfs.map((pf, at) => (at === 0 ? { ...pf, vfs } : pf)),
})

function refusal(work: () => unknown): Partial<NicsteerError> {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof NicsteerError, String(error))
    const { code, line, file, message, hint } = error
    return { code, line, file, message, hint }
  }
  assert.fail('it was found')
}

// Refusals that a file alone brings about, with their lines: spec/load.test.ts.
describe('what a file names on the node', () => {
  for (const name of ['p1', '0000:d9:00.0', '0000:D9:00.0', 'd9:00.0', 'D9:00.0']) {
    it(`is a PF called ${name}`, () => {
      const { nics, networks } = resolved(FILE.replaceAll('pf: p1', `pf: "${name}"`))
      assert.equal(nics[1]?.facts.pci, '0000:d9:00.0')
      const [, , third] = networks[0]?.local ?? []
      assert.deepEqual([third?.id, third?.representor], [{ pf: '0000:d9:00.0', index: 3 }, 'pf1vf3'])
    })
  }

  it('is one PF under whatever name, and so has one entry', () => {
    const { code, line } = refusal(() => resolved(changed('pf: p1, vtep', 'pf: "d8:00.0", vtep')))
    assert.deepEqual([code, line], ['SAME_PF_TWICE', 7])
  })

  it('is a VF by index, not by place', () => {
    const { networks } = resolved(
      FILE,
      withFirstPf([3, 1, 0].map((index) => ({ ...vfOf(index), representor: `r${index}` }))),
    )
    assert.deepEqual(
      networks[0]?.local.slice(0, 2).map(({ representor }) => representor),
      ['r0', 'r1'],
    )
  })

  for (const name of ['0000:d9:00.4', 'D9:00.4', 'pf1vf3', 'eth13']) {
    it(`is a VF called ${name}`, () => {
      const [, , third] = resolved(changed('{pf: p1, index: 3}', `"${name}"`)).networks[0]?.local ?? []
      assert.deepEqual([third?.id, third?.representor], [{ pf: '0000:d9:00.0', index: 3 }, 'pf1vf3'])
    })
  }

  it('is one VF under whatever name, and so has one endpoint', () => {
    const { code, line } = refusal(() => resolved(changed('{pf: p0, index: 1}', 'eth00')))
    assert.deepEqual([code, line], ['VF_TWICE', 13])
  })

  it('is a VF of one network only', () => {
    const second = `    - name: other
      vni: 5002
      local:
        - {vf: {pf: p0, index: 1}, mac: "02:00:00:00:00:09", key: 9}
`
    assert.deepEqual(
      refusal(() => resolved(FILE + second)),
      {
        code: 'VF_TWICE',
        line: 25,
        file: 'steering.yaml',
        message: '0000:d8:00.0 VF 1 has two endpoints',
        hint: 'a VF belongs to one network',
      },
    )
  })

  it('is a VF with a representor, else it says how to get one', () => {
    assert.deepEqual(
      refusal(() => resolved(FILE, withFirstPf([vfOf(0), vfOf(1)]))),
      {
        code: 'NO_REPRESENTOR',
        line: 12,
        file: 'steering.yaml',
        message: '0000:d8:00.0 VF 0 has no representor here',
        hint: 'devlink dev eswitch set pci/0000:d8:00.0 mode switchdev',
      },
    )
  })

  it('is not a VF of a PF that has none', () => {
    const { code, hint } = refusal(() => resolved(FILE, withFirstPf([])))
    assert.deepEqual([code, hint], ['VF_OUT_OF_RANGE', 'it has no VFs'])
  })

  it('is a VTEP on the device that it names, the uplink or another', () => {
    const vlan = { ...NODE, addresses: [{ ip: NODE.addresses[1]!.ip, device: 'p1.7' }, ...NODE.addresses] }
    for (const device of ['p1', 'p1.7']) {
      const text = changed('vtep: 10.0.0.2', `vtep: 10.0.0.2, device: ${device}`)
      assert.equal(resolved(text, vlan).nics[1]?.device, device)
    }
  })

  it('is refused by code also where no file is known', () => {
    const { steering } = loadSteering(FILE, 'steering.yaml')
    const { code, line, file } = refusal(() => resolve(steering, { pfs: [], addresses: [] }))
    assert.deepEqual([code, line, file], ['UNKNOWN_PF', undefined, undefined])
  })
})
