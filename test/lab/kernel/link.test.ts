import { strict as assert } from 'node:assert'
import { KernelRefusal, NetlinkSocket, rtnl } from '../../../src/kernel/index.js'
import { run, sh } from '../support/shell.js'

interface Shown {
  ifname: string
  link?: string
  mtu: number
  min_mtu: number
  max_mtu: number
  txqlen?: number
  address: string
  permaddr?: string
  master?: string
  linkinfo?: { info_kind?: string; info_slave_kind?: string; info_data?: Record<string, unknown> }
  parentbus?: string
  parentdev?: string
  phys_port_name?: string
  phys_switch_id?: string
  altnames?: string[]
  ifalias?: string
}

/** Devices that modules make of themselves, when tests before these load them; their addresses aren't Ethernet's. */
const FALLBACK = new Set(['gre', 'gretap', 'erspan'])

describe('kernel/link against iproute2 on the lab’s kernel', () => {
  let socket: NetlinkSocket
  before(() => {
    sh('modprobe simnic nics=1 total_vfs=4')
    sh('devlink dev eswitch set pci/0000:d8:00.0 mode switchdev')
    socket = NetlinkSocket.open('route')
  })
  after(() => {
    socket[Symbol.dispose]()
    sh('modprobe -r simnic')
  })

  const shown = (): Shown[] =>
    (JSON.parse(run('ip', '-d', '-j', 'link', 'show')) as Shown[]).filter(
      ({ linkinfo }) => !FALLBACK.has(linkinfo?.info_kind ?? ''),
    )

  it('makes VLAN, VRF, dummy and tunnel devices, and reads all links as ip prints them', () => {
    const uplink = rtnl.getLink(socket, 'p0')!.ifindex
    const vrf = rtnl.createLink(socket, { kind: 'vrf', name: 'vrf7', table: 7007, up: true })
    const made = [
      vrf,
      rtnl.createLink(socket, {
        kind: 'vlan',
        name: 'p0.5',
        linkIfindex: uplink,
        id: 5,
        mtu: 1400,
        master: vrf.ifindex,
      }),
      rtnl.createLink(socket, { kind: 'vlan', name: 'p0.6', linkIfindex: uplink, id: 6, protocol: '802.1ad' }),
      rtnl.createLink(socket, { kind: 'dummy', name: 'dummy7', txQueueLength: 7 }),
      rtnl.createLink(socket, { kind: 'geneve', name: 'gnv7', external: true, port: 6081, udpZeroCsum6Rx: true }),
      rtnl.createLink(socket, { kind: 'vxlan', name: 'vx7', external: true, port: 4789 }),
    ]
    const links = rtnl.listLinks(socket).filter(({ kind = '' }) => !FALLBACK.has(kind))
    const nameOf = (ifindex: number | undefined) => links.find((link) => link.ifindex === ifindex)?.name
    assert.deepEqual(
      links.map((link) => ({
        name: link.name,
        below: nameOf(link.linkIfindex),
        mtu: link.mtu,
        range: [link.minMtu ?? 0, link.maxMtu ?? 0],
        txqlen: link.txQueueLength,
        mac: link.mac,
        kind: link.kind,
        slave: link.slaveKind,
        master: nameOf(link.master),
        parent: [link.parentDevBus, link.parentDevName],
        port: [link.physPortName, link.physSwitchId],
        vlan: link.vlan && [link.vlan.id, link.vlan.protocol],
        table: link.vrf?.table,
      })),
      shown().map((link) => ({
        name: link.ifname,
        below: link.link,
        mtu: link.mtu,
        range: [link.min_mtu, link.max_mtu],
        txqlen: link.txqlen,
        mac: link.address,
        kind: link.linkinfo?.info_kind,
        slave: link.linkinfo?.info_slave_kind,
        master: link.master,
        parent: [link.parentbus, link.parentdev],
        port: [link.phys_port_name, link.phys_switch_id],
        vlan:
          link.linkinfo?.info_kind === 'vlan'
            ? [link.linkinfo.info_data?.id, link.linkinfo.info_data?.protocol]
            : undefined,
        table: link.linkinfo?.info_kind === 'vrf' ? link.linkinfo.info_data?.table : undefined,
      })),
    )
    for (const { ifindex } of made.reverse()) rtnl.deleteLink(socket, ifindex)
  })

  it('names what is wrong with a VLAN', () => {
    const uplink = rtnl.getLink(socket, 'p0')!.ifindex
    assert.throws(
      () => rtnl.createLink(socket, { kind: 'vlan', name: 'p0.x', linkIfindex: uplink, id: 4096 }),
      (error) => error instanceof KernelRefusal && error.extack === '8021q: Invalid VLAN id',
    )
    assert.throws(
      () => rtnl.createLink(socket, { kind: 'dummy', name: 'p0' }),
      (error) => error instanceof KernelRefusal && error.errnoName === 'EEXIST',
    )
  })
})
