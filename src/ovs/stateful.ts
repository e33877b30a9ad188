import { type Ovsdb, type Uuid, where } from './ovsdb/index.js'
import { LOAD_BALANCER, LOGICAL_DP_GROUP, LOGICAL_FLOW } from './tables.js'

/**
 * What OVN does in a logical switch besides switching, as far as its southbound database shows: names of ACL and QoS stages that have
 * rules, and of load balancers. Not seen: port security beyond the source MAC, DHCP and DNS answers, mirrors.
 * ACLs of priority p are flows of priority p + 1000 (northd.c OVN_ACL_PRI_OFFSET; p is 0 to 32767); what northd writes into these stages
 * without any ACL has other priorities.
 */
export async function statefulParts(db: Ovsdb, datapath: Uuid): Promise<string[]> {
  const { flows, balancers, groups } = await db.selectAll({
    flows: {
      table: LOGICAL_FLOW,
      anyOf: STAGES.map(({ name }) => [
        where(LOGICAL_FLOW, 'external_ids', 'includes', new Map([['stage-name', name]])),
      ]),
    },
    balancers: { table: LOAD_BALANCER },
    groups: { table: LOGICAL_DP_GROUP },
  })
  const inGroup = new Set(groups.filter(({ datapaths }) => datapaths.includes(datapath)).map(({ uuid }) => uuid))
  const applies = (one: Uuid | undefined, group: Uuid | undefined) =>
    one === datapath || (group !== undefined && inGroup.has(group))
  const stages = flows.flatMap(({ logical_datapath, logical_dp_group, priority, external_ids }) => {
    if (!applies(logical_datapath, logical_dp_group)) return []
    const stage = STAGES.find(({ name }) => name === external_ids.get('stage-name'))
    return stage !== undefined && priority >= stage.from && priority <= stage.to ? [stage.name] : []
  })
  const names = balancers
    .filter(({ datapaths, datapath_group, ls_datapath_group }) => {
      return datapaths.includes(datapath) || applies(undefined, datapath_group) || applies(undefined, ls_datapath_group)
    })
    .map(({ name }) => `load balancer ${name}`)
  return [...new Set([...stages.map((name) => `rules in ${name}`), ...names])]
}

const ACL = { from: 1000, to: 1000 + 32767 }
const QOS = { from: 1, to: 65535 }
/** Of all versions since 20.03; their names have changed. */
const STAGES = [
  ...['ls_in_acl', 'ls_out_acl', 'ls_in_acl_eval', 'ls_out_acl_eval'].map((name) => ({ name, ...ACL })),
  ...['ls_in_acl_after_lb', 'ls_in_acl_after_lb_eval'].map((name) => ({ name, ...ACL })),
  ...['ls_in_qos', 'ls_out_qos', 'ls_in_qos_mark', 'ls_out_qos_mark', 'ls_in_qos_meter', 'ls_out_qos_meter'].map(
    (name) => ({ name, ...QOS }),
  ),
]
