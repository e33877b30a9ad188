import { strict as assert } from 'node:assert'
import type { Ifindex } from '../../src/base/types.js'
import type { rtnl } from '../../src/kernel/index.js'
import { ovsPortsOf } from '../../src/node/ovs-ports.js'

const link = (name: string, rest: Partial<rtnl.Link>): rtnl.Link => ({
  ifindex: 1 as Ifindex,
  name,
  mtu: 1500,
  up: true,
  carrier: true,
  operState: 'up',
  altNames: [],
  ...rest,
})

describe('the ports of Open vSwitch', () => {
  it('are those whose master is its data path: representors by name, tunnel devices by type and port', () => {
    const geneve = { kind: 'geneve', port: 6081, external: true } as NonNullable<rtnl.Link['tunnel']>
    const links = [
      link('ovs-system', { kind: 'openvswitch' }),
      link('pf0vf0', { physPortName: 'pf0vf0', slaveKind: 'openvswitch' }),
      link('pf0vf1', { physPortName: 'pf0vf1', slaveKind: 'bridge' }),
      link('pf0vf2', { physPortName: 'pf0vf2' }),
      link('genev_sys_6081', { kind: 'geneve', slaveKind: 'openvswitch', tunnel: geneve }),
      link('mine', { kind: 'geneve', tunnel: { ...geneve, port: 6082 } }),
    ]
    assert.deepEqual(ovsPortsOf(links), { representors: ['pf0vf0'], tunnels: [{ type: 'geneve', port: 6081 }] })
  })
})
