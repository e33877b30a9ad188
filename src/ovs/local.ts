import { Ovsdb, type TlsFiles } from './ovsdb/index.js'
import { INTERFACE, OPEN_VSWITCH, SSL } from './tables.js'

/** What a node's own Open vSwitch knows. */
export interface LocalOvs {
  /** Name of the node's chassis; missing: OVN has not been set up. */
  systemId: string | undefined
  /** A value of Open_vSwitch external_ids; one with `-CHASSIS` at its key goes before (ovn-controller(8)). */
  setting(key: string): string | undefined
  interfaces: readonly OvsInterface[]
  /** `other_config:tc-policy`; that in use since Open vSwitch was started, unless somebody changed it. */
  tcPolicy: string | undefined
  /** What `ovs-vsctl set-ssl` has set. */
  tls: TlsFiles | undefined
}

export interface OvsInterface {
  name: string
  ifaceId: string | undefined
  /** `external_ids:encap-ip`, the key that OVN reads. */
  encapIp: string | undefined
  /** `external_ids:ovn-encap-ip`, the key that some documents name and OVN does not read. */
  ovnEncapIp: string | undefined
}

export const LOCAL_OVS = 'unix:/run/openvswitch/db.sock'

/** @throws NicsteerError as Ovsdb.connect does */
export async function readLocalOvs(address: string): Promise<LocalOvs> {
  using db = await Ovsdb.connect(address, 'Open_vSwitch')
  const rows = await db.selectAll({
    root: { table: OPEN_VSWITCH },
    ssl: { table: SSL },
    interfaces: { table: INTERFACE },
  })
  const ids = rows.root[0]?.external_ids ?? new Map<string, string>()
  const systemId = ids.get('system-id')
  const [ssl] = rows.ssl
  return {
    systemId,
    setting: (key) => ids.get(`${key}-${systemId}`) ?? ids.get(key),
    // A table has no order; what is made of it is to be the same every time.
    interfaces: rows.interfaces
      .map(({ name, external_ids }) => ({
        name,
        ifaceId: external_ids.get('iface-id'),
        encapIp: external_ids.get('encap-ip'),
        ovnEncapIp: external_ids.get('ovn-encap-ip'),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    tcPolicy: rows.root[0]?.other_config.get('tc-policy'),
    tls: ssl && { privateKey: ssl.private_key, certificate: ssl.certificate, caCert: ssl.ca_cert },
  }
}
