import type { rtnl } from '../kernel/index.js'
import type { OvsPorts } from '../steering/model.js'

/**
 * The ports of Open vSwitch's kernel data path, known by their master, a device of kind `openvswitch` (net/openvswitch/vport-netdev.c,
 * ovs_netdev_link). Their qdiscs say nothing: anybody can make those.
 */
export function ovsPortsOf(links: readonly rtnl.Link[]): OvsPorts {
  const ports = links.filter(({ slaveKind }) => slaveKind === 'openvswitch')
  return {
    representors: ports.filter(({ physPortName }) => physPortName !== undefined).map(({ name }) => name),
    tunnels: ports.flatMap(({ tunnel }) =>
      tunnel?.port === undefined ? [] : { type: tunnel.kind, port: tunnel.port },
    ),
  }
}
