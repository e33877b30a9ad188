import { insert, type Operation, Ovsdb, one, remove, set, table } from '../../../src/ovs/ovsdb/index.js'
import {
  CHASSIS,
  DATAPATH_BINDING,
  ENCAP,
  INTERFACE,
  LOAD_BALANCER,
  LOGICAL_DP_GROUP,
  LOGICAL_FLOW,
  OPEN_VSWITCH,
  PORT_BINDING,
} from '../../../src/ovs/tables.js'

/** What stands in the databases of a node, as OVN's daemons would write it. */
export interface OvnState {
  /** Open_vSwitch external_ids. */
  settings: Record<string, string>
  /** Interfaces by name: external_ids. */
  interfaces: Record<string, Record<string, string>>
  chassis: Record<
    string,
    { encaps: string[]; byDefault?: string; type?: string; config?: Record<string, string>; zones?: string[] }
  >
  /** Logical switches by name. */
  switches: Record<string, { key: number; ports: OvnPortState[] }>
  loadBalancers?: Record<string, string[]>
  /** Logical flows: stage and priority of a switch. */
  flows?: { of: string; stage: string; priority: number; grouped?: boolean }[]
}

export interface OvnPortState {
  name: string
  key: number
  mac?: string[]
  chassis?: string
  /** IP of an encapsulation of that chassis; none where empty. */
  encap?: string
  type?: string
  parent?: string
  options?: Record<string, string>
}

const BRIDGE = table('Bridge', { name: one('string'), ports: set('uuid') })
const PORT = table('Port', { name: one('string'), interfaces: set('uuid') })
const ROOT = table('Open_vSwitch', { ...OPEN_VSWITCH.columns, bridges: set('uuid') })
const FLOW = table('Logical_Flow', { ...LOGICAL_FLOW.columns, pipeline: one('string'), table_id: one('integer') })
const mapOf = (entries: Record<string, string> = {}) => new Map(Object.entries(entries))

/** Makes the two databases have this and nothing else. */
export async function write(address: string, state: OvnState): Promise<void> {
  using ovs = await Ovsdb.connect(address, 'Open_vSwitch')
  const names = Object.keys(state.interfaces)
  await ovs.transact([
    remove(ROOT, []),
    ...names.flatMap((name, n) => [
      insert(INTERFACE, { name, external_ids: mapOf(state.interfaces[name]) }, `i${n}`),
      insert(PORT, { name, interfaces: [`i${n}`] }, `p${n}`),
    ]),
    insert(BRIDGE, { name: 'br-int', ports: names.map((_, n) => `p${n}`) }, 'bridge'),
    insert(ROOT, { external_ids: mapOf(state.settings), bridges: ['bridge'] }),
  ])
  using southbound = await Ovsdb.connect(address, 'OVN_Southbound')
  await southbound.transact([
    ...[PORT_BINDING, CHASSIS, LOAD_BALANCER, LOGICAL_FLOW, LOGICAL_DP_GROUP, DATAPATH_BINDING].map((one) =>
      remove(one, []),
    ),
  ])
  await southbound.transact(southboundRows(state))
}

function southboundRows({ chassis, switches, loadBalancers = {}, flows = [] }: OvnState): Operation[] {
  const ids = new Map<string, string>()
  const id = (what: string) => ids.get(what) ?? (ids.set(what, `row${ids.size}`).get(what) as string)
  return [
    ...Object.entries(chassis).flatMap(([name, { encaps, byDefault, type = 'geneve', config, zones = [] }]) => [
      ...encaps.map((ip) => {
        const options = mapOf({ csum: 'true', ...(ip === byDefault && { is_default: 'true' }) })
        return insert(ENCAP, { type, ip, chassis_name: name, options }, id(`encap ${name} ${ip}`))
      }),
      insert(
        CHASSIS,
        {
          name,
          hostname: `host-${name}`,
          encaps: encaps.map((ip) => id(`encap ${name} ${ip}`)),
          other_config: mapOf(config),
          transport_zones: zones,
        },
        id(`chassis ${name}`),
      ),
    ]),
    ...Object.entries(switches).flatMap(([name, { key, ports }]) => [
      insert(DATAPATH_BINDING, { tunnel_key: key, external_ids: mapOf({ name }) }, id(`datapath ${name}`)),
      ...ports.map((port) =>
        insert(PORT_BINDING, {
          logical_port: port.name,
          type: port.type ?? '',
          datapath: id(`datapath ${name}`),
          tunnel_key: port.key,
          mac: port.mac ?? [`02:00:00:00:00:${port.key.toString(16).padStart(2, '0')} 192.168.7.${port.key}`],
          parent_port: port.parent,
          chassis: port.chassis === undefined ? undefined : id(`chassis ${port.chassis}`),
          encap: port.encap ? id(`encap ${port.chassis} ${port.encap}`) : undefined,
          options: mapOf(port.options),
        }),
      ),
    ]),
    ...Object.entries(loadBalancers).map(([name, of]) =>
      insert(LOAD_BALANCER, { name, datapaths: of.map((one) => id(`datapath ${one}`)) }),
    ),
    ...flows.flatMap(({ of, stage, priority, grouped }, n) => {
      const flow = { pipeline: 'ingress', table_id: 1, priority, external_ids: mapOf({ 'stage-name': stage }) }
      if (!grouped) return [insert(FLOW, { ...flow, logical_datapath: id(`datapath ${of}`) })]
      return [
        insert(LOGICAL_DP_GROUP, { datapaths: [id(`datapath ${of}`)] }, id(`group ${n}`)),
        insert(FLOW, { ...flow, logical_dp_group: id(`group ${n}`) }),
      ]
    }),
  ]
}
