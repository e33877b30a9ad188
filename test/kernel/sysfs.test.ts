import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parsePciAddress } from '../../src/base/types.js'
import { driverOfNetdev, listSriovPfs, pciFunction, pciOfNetdev } from '../../src/kernel/sysfs.js'

/** A tree as the kernel lays it out for one PF with two VFs, one of them given away. */
function layOut(root: string): void {
  const pf = 'devices/pci0000:d7/0000:d8:00.0'
  const vf = (n: number) => `devices/pci0000:d7/0000:d8:00.${n}`
  const file = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), `${text}\n`)
  }
  const link = (path: string, target: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    symlinkSync(target, join(root, path))
  }
  for (const [path, device] of [
    [pf, '0x101d'],
    [vf(2), '0x101e'],
    [vf(3), '0x101e'],
  ] as const) {
    file(`${path}/vendor`, '0x15b3')
    file(`${path}/device`, device)
    file(`${path}/class`, '0x020000')
    link(`${path}/subsystem`, '../../../bus/pci')
    link(`bus/pci/devices/${path.slice(-12)}`, `../../../${path}`)
  }
  file(`${pf}/sriov_totalvfs`, '16')
  file(`${pf}/sriov_numvfs`, '2')
  link(`${pf}/driver`, '../../../bus/pci/drivers/mlx5_core')
  link(`${pf}/virtfn0`, '../0000:d8:00.2')
  link(`${pf}/virtfn1`, '../0000:d8:00.3')
  for (const n of [2, 3]) link(`${vf(n)}/physfn`, '../0000:d8:00.0')
  link(`${vf(2)}/driver`, '../../../bus/pci/drivers/mlx5_core')
  for (const name of ['p0', 'pf0vf0', 'pf0vf1']) mkdirSync(join(root, pf, 'net', name), { recursive: true })
  mkdirSync(join(root, vf(2), 'net/eth7'), { recursive: true })
  link('class/net/p0', `../../${pf}/net/p0`)
  link(`${pf}/net/p0/device`, '../../../0000:d8:00.0')
  mkdirSync(join(root, 'class/net/lo'), { recursive: true })
  // Other devices: a disk, and a NIC without SR-IOV.
  file('bus/pci/devices/0000:00:01.0/class', '0x010000')
  file('bus/pci/devices/0000:00:02.0/class', '0x020000')
  file('bus/pci/devices/0000:00:02.0/vendor', '0x8086')
  file('bus/pci/devices/0000:00:02.0/device', '0x100e')
}

describe('kernel/sysfs', () => {
  const root = mkdtempSync(join(tmpdir(), 'nicsteer-sysfs-'))
  before(() => layOut(root))
  after(() => rmSync(root, { recursive: true }))

  it('finds PFs with SR-IOV, and their VFs by index', () => {
    assert.deepEqual(listSriovPfs(root), [
      {
        pci: '0000:d8:00.0',
        vendor: '15b3',
        device: '101d',
        driver: 'mlx5_core',
        netdevs: ['p0', 'pf0vf0', 'pf0vf1'],
        totalVfs: 16,
        numVfs: 2,
        vfs: [
          { index: 0, pci: '0000:d8:00.2', netdevs: ['eth7'], driver: 'mlx5_core' },
          { index: 1, pci: '0000:d8:00.3', netdevs: [] },
        ],
      },
    ])
  })

  it('knows the PF of a VF', () => {
    assert.equal(pciFunction(parsePciAddress('0000:d8:00.2'), root)?.physfn, '0000:d8:00.0')
  })

  it('has nothing for a device that isn’t there', () => {
    assert.equal(pciFunction(parsePciAddress('0000:d9:00.0'), root), undefined)
    assert.deepEqual(listSriovPfs(join(root, 'nowhere')), [])
  })

  it('goes from a netdev to its PCI function and driver', () => {
    assert.equal(pciOfNetdev('p0', root), '0000:d8:00.0')
    assert.equal(driverOfNetdev('p0', root), 'mlx5_core')
    assert.equal(pciOfNetdev('lo', root), undefined)
    assert.equal(driverOfNetdev('lo', root), undefined)
    assert.equal(pciOfNetdev('nobody', root), undefined)
  })

  it('reads the machine’s own', () => {
    assert.equal(pciOfNetdev('lo'), undefined)
    assert.ok(Array.isArray(listSriovPfs()))
  })
})
