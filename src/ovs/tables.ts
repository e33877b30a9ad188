import { map, maybe, one, set, since, table } from './ovsdb/index.js'

/** What we read, and write, of the databases; columns are described in ovs-vswitchd.conf.db(5) and ovn-sb(5). */

export const OPEN_VSWITCH = table('Open_vSwitch', {
  ovs_version: maybe('string'),
  external_ids: map,
  other_config: map,
  ssl: maybe('uuid'),
})
export const SSL = table('SSL', { private_key: one('string'), certificate: one('string'), ca_cert: one('string') })
export const BRIDGE = table('Bridge', { name: one('string'), datapath_type: one('string'), ports: set('uuid') })
export const BRIDGE_PORT = table('Port', { name: one('string'), interfaces: set('uuid') })
export const INTERFACE = table('Interface', {
  name: one('string'),
  type: one('string'),
  options: map,
  external_ids: map,
})

export const CHASSIS = table('Chassis', {
  name: one('string'),
  hostname: one('string'),
  encaps: set('uuid'),
  other_config: map,
  transport_zones: set('string'),
})
export const ENCAP = table('Encap', {
  type: one('string'),
  ip: one('string'),
  options: map,
  chassis_name: one('string'),
})
export const DATAPATH_BINDING = table('Datapath_Binding', {
  tunnel_key: one('integer'),
  external_ids: map,
})
export const PORT_BINDING = table('Port_Binding', {
  logical_port: one('string'),
  type: one('string'),
  datapath: one('uuid'),
  tunnel_key: one('integer'),
  parent_port: maybe('string'),
  chassis: maybe('uuid'),
  encap: maybe('uuid'),
  /** While it is being migrated. */
  additional_chassis: since('OVN 22.06', set('uuid')),
  mac: set('string'),
  options: map,
})
export const LOAD_BALANCER = table('Load_Balancer', {
  name: one('string'),
  datapaths: set('uuid'),
  datapath_group: since('OVN 22.09', maybe('uuid')),
  ls_datapath_group: since('OVN 24.03', maybe('uuid')),
})
export const LOGICAL_DP_GROUP = table('Logical_DP_Group', { datapaths: set('uuid') })
export const LOGICAL_FLOW = table('Logical_Flow', {
  logical_datapath: maybe('uuid'),
  logical_dp_group: since('OVN 20.12', maybe('uuid')),
  priority: one('integer'),
  external_ids: map,
})
