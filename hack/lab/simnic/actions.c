// SPDX-License-Identifier: GPL-2.0-only
/*
 * From TC's actions to the hardware's, with mlx5's limits and texts (en/tc/act/ unless said
 * otherwise; the list is act.c, tc_acts_fdb).
 */
#include <linux/if_vlan.h>
#include <linux/slab.h>
#include <linux/tc_act/tc_csum.h>
#include <net/tc_act/tc_mirred.h>

#include "encap.h"
#include "netdev.h"
#include "rule.h"

#define MAX_VLANS 2	/* fs_core.h, MLX5_FS_VLAN_DEPTH */

struct builder {
	struct simnic_parse *parse;
	struct simnic_rule *rule;
	struct simnic_pedit *pedit;
	const struct ip_tunnel_info *tunnel;	/* tunnel_key set, waiting for its mirred */
	struct {
		const struct ip_tunnel_info *info;
		struct net_device *dev;
	} encaps[SIMNIC_MAX_OUTPUTS];
	unsigned int num_encaps;
	unsigned int ordinal;
	unsigned int outputs;
	unsigned int vlans;
	unsigned int num_devs;			/* outputs since the last change of the packet */
	int devs[SIMNIC_MAX_OUTPUTS];
	bool forwards, drops, rewrites, decaps, pushes_mpls, pops_eth, ptype_host, jumps;
};

static struct simnic_action *add(struct builder *b, enum simnic_action_type type)
{
	struct simnic_action *action = &b->rule->actions[b->rule->num_actions++];

	action->type = type;
	action->ordinal = b->ordinal;
	return action;
}

/* A change of the packet: what went out before is another packet than what goes out after. */
static void changed(struct builder *b)
{
	b->rule->modifies = true;
	b->num_devs = 0;
}

/* vlan.c, parse_tc_vlan_action */
static int vlan_slot(struct builder *b)
{
	if (b->vlans >= MAX_VLANS) {
		NL_SET_ERR_MSG_MOD(b->parse->extack, "Total vlans used is greater than supported");
		return -EOPNOTSUPP;
	}
	b->vlans++;
	return 0;
}

static int push_vlan(struct builder *b, __be16 tpid, u16 tci)
{
	struct simnic_action *action;
	int err = vlan_slot(b);

	if (err)
		return err;
	action = add(b, SIMNIC_VLAN_PUSH);
	action->vlan.tpid = tpid ?: htons(ETH_P_8021Q);
	action->vlan.tci = tci;
	changed(b);
	return 0;
}

/* vlan_mangle.c, mlx5e_tc_act_vlan_add_rewrite_action */
static int set_vlan(struct builder *b, const struct flow_action_entry *act)
{
	const struct simnic_parse *parse = b->parse;
	struct simnic_action *action;
	u8 prio = ntohs(parse->key.vlan_tci) >> VLAN_PRIO_SHIFT;

	if (parse->key.vlan_tpid != htons(ETH_P_8021Q)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "VLAN rewrite action must have VLAN protocol match");
		return -EOPNOTSUPP;
	}
	if (act->vlan.prio != prio) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Changing VLAN prio is not supported");
		return -EOPNOTSUPP;
	}
	action = add(b, SIMNIC_VLAN_SET);
	action->vlan.tci = act->vlan.vid & VLAN_VID_MASK;
	b->rewrites = true;
	changed(b);
	return 0;
}

static int parse_vlan(struct builder *b, const struct flow_action_entry *act)
{
	int err;

	switch (act->id) {
	case FLOW_ACTION_VLAN_PUSH:
		if (b->rule->num_actions && b->rule->actions[b->rule->num_actions - 1].type == SIMNIC_VLAN_POP) {
			/* Pop and push together are a rewrite. */
			b->rule->num_actions--;
			b->vlans--;
			return set_vlan(b, act);
		}
		return push_vlan(b, act->vlan.proto, act->vlan.vid | act->vlan.prio << VLAN_PRIO_SHIFT);
	case FLOW_ACTION_VLAN_POP:
		err = vlan_slot(b);
		if (err)
			return err;
		add(b, SIMNIC_VLAN_POP);
		changed(b);
		return 0;
	case FLOW_ACTION_VLAN_POP_ETH:
		b->pops_eth = true;
		return 0;
	default:	/* push of an Ethernet header: only after MPLS decapsulation */
		return -EOPNOTSUPP;
	}
}

static int output(struct builder *b, struct simnic_vport *vport)
{
	add(b, SIMNIC_OUTPUT)->vport = vport;
	b->outputs++;
	b->forwards = true;
	return 0;
}

/* mirred.c, verify_uplink_forwarding */
static int check_uplink_pair(struct builder *b, const struct net_device *out)
{
	const struct simnic_netdev *nd = netdev_priv(out);

	if (!simnic_is_uplink(b->parse->vport) || !simnic_is_rep(out) || !simnic_is_uplink(nd->vport))
		return 0;
	if (!b->parse->pf->profile->uplink_hairpin) {
		NL_SET_ERR_MSG_MOD(b->parse->extack, "devices are both uplink, can't offload forwarding");
		return -EOPNOTSUPP;
	}
	if (out != b->parse->dev) {
		NL_SET_ERR_MSG_MOD(b->parse->extack, "devices are not the same uplink, can't offload forwarding");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* mirred.c, parse_mirred: the target shows the same switch id. */
static int output_to_device(struct builder *b, struct net_device *out)
{
	struct simnic_parse *parse = b->parse;
	struct simnic_netdev *nd;
	unsigned int i;
	int err;

	for (i = 0; i < b->num_devs; i++) {
		if (b->devs[i] == out->ifindex) {
			NL_SET_ERR_MSG_MOD(parse->extack, "can't duplicate output to same device");
			return -EOPNOTSUPP;
		}
	}
	b->devs[b->num_devs++] = out->ifindex;
	while (is_vlan_dev(out)) {
		err = push_vlan(b, vlan_dev_vlan_proto(out), vlan_dev_vlan_id(out));
		if (err)
			return err;
		out = vlan_dev_real_dev(out);
	}
	err = check_uplink_pair(b, out);
	if (err)
		return err;
	nd = netdev_priv(out);
	/*
	 * en_tc.c, mlx5e_is_valid_eswitch_fwd_dev, without merged eswitch and LAG: a sibling PF of
	 * the same card is another eswitch.
	 */
	if (!simnic_is_rep(out) || nd->vport->pf != parse->pf) {
		NL_SET_ERR_MSG_MOD(parse->extack, "devices are not on same switch HW, can't offload forwarding");
		return -EOPNOTSUPP;
	}
	if (nd->vport == parse->vport && !simnic_is_uplink(nd->vport)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "can't forward from a VF to itself");
		return -EOPNOTSUPP;
	}
	return output(b, nd->vport);
}

/*
 * mirred.c, parse_mirred_encap: the header is made when everything else is known to be right, see
 * attach_encaps()
 */
static int output_to_tunnel(struct builder *b, struct net_device *out)
{
	b->encaps[b->num_encaps].info = b->tunnel;
	b->encaps[b->num_encaps].dev = out;
	b->num_encaps++;
	b->tunnel = NULL;
	add(b, SIMNIC_ENCAP)->encap = NULL;
	b->outputs++;
	b->forwards = true;
	return 0;
}

/* mirred.c, tc_act_can_offload_mirred */
static int parse_mirred(struct builder *b, const struct flow_action_entry *act)
{
	struct simnic_parse *parse = b->parse;
	struct net_device *out = act->dev;

	if (!out)
		return -EOPNOTSUPP;
	if (b->pushes_mpls) {
		NL_SET_ERR_MSG_MOD(parse->extack, "mpls is supported only through a bareudp device");
		return -EOPNOTSUPP;
	}
	if (b->pops_eth) {
		NL_SET_ERR_MSG_MOD(parse->extack, "vlan pop eth is supported only with mpls push");
		return -EOPNOTSUPP;
	}
	if (b->outputs >= SIMNIC_MAX_OUTPUTS) {
		NL_SET_ERR_MSG_MOD(parse->extack, "can't support more output ports, can't offload forwarding");
		return -EOPNOTSUPP;
	}
	if (b->tunnel)
		return output_to_tunnel(b, out);
	if (netdev_port_same_parent_id(parse->dev, out))
		return output_to_device(b, out);
	/*
	 * An OVS internal port: needs a port of its own in the eswitch, which simnic does not have.
	 * Refused without a text.
	 */
	if (netif_is_ovs_master(out))
		return -EOPNOTSUPP;
	/*
	 * A tunnel device's rule is offered to every NIC of the node. Those that don't own the
	 * target keep silent.
	 */
	if (parse->filter_dev != parse->dev)
		return -EOPNOTSUPP;
	NL_SET_ERR_MSG_MOD(parse->extack, "devices are not on same switch HW, can't offload forwarding");
	return -EOPNOTSUPP;
}

/* redirect_ingress.c, tc_act_can_offload_redirect_ingress */
static int parse_redirect_ingress(struct builder *b, const struct flow_action_entry *act)
{
	if (!act->dev)
		return -EOPNOTSUPP;
	if (!netif_is_ovs_master(act->dev))
		NL_SET_ERR_MSG_MOD(b->parse->extack, "redirect to ingress is supported only for OVS internal ports");
	else if (!b->ptype_host)
		NL_SET_ERR_MSG_MOD(b->parse->extack, "redirect to int port ingress requires ptype=host action");
	else if (b->outputs)
		NL_SET_ERR_MSG_MOD(b->parse->extack,
				   "redirect to int port ingress is supported only as single destination");
	return -EOPNOTSUPP;
}

/* lib/fs_chains.c, mlx5_chains_get_chain_range */
static u32 max_chain(const struct simnic_profile *profile)
{
	return !profile->prios ? 1 : profile->ignore_flow_level ? U32_MAX - 1 : 3;
}

/* lib/fs_chains.c, mlx5_chains_get_prio_range */
static u32 max_prio(const struct simnic_profile *profile)
{
	return profile->ignore_flow_level ? U32_MAX : 16;
}

/* goto.c, validate_goto_chain */
static int parse_goto(struct builder *b, const struct flow_action_entry *act)
{
	const struct simnic_profile *profile = b->parse->pf->profile;
	struct simnic_parse *parse = b->parse;

	if (!(profile->prios && profile->ignore_flow_level) && act->chain_index <= parse->chain) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Goto lower numbered chain isn't supported");
		return -EOPNOTSUPP;
	}
	if (act->chain_index > max_chain(profile)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Requested destination chain is out of supported range");
		return -EOPNOTSUPP;
	}
	/*
	 * A tunnel device's rule in chain 0 decapsulates, asked or not (en_tc.c,
	 * parse_tunnel_attr).
	 */
	if (parse->tunnel && !parse->chain && !profile->reformat_goto) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Goto chain is not allowed if action has reformat or decap");
		return -EOPNOTSUPP;
	}
	add(b, SIMNIC_GOTO)->chain = act->chain_index;
	b->rule->has_goto = true;
	b->forwards = true;
	return 0;
}

/*
 * csum.c, csum_offload_supported: the hardware mends checksums when it rewrites headers; there is
 * nothing else to do for it.
 */
static int check_csum(struct builder *b, const struct flow_action_entry *act)
{
	if (!b->rewrites) {
		NL_SET_ERR_MSG_MOD(b->parse->extack, "TC csum action is only offloaded with pedit");
		return -EOPNOTSUPP;
	}
	if (act->csum_flags & ~(TCA_CSUM_UPDATE_FLAG_IPV4HDR | TCA_CSUM_UPDATE_FLAG_TCP | TCA_CSUM_UPDATE_FLAG_UDP)) {
		NL_SET_ERR_MSG_MOD(b->parse->extack, "can't offload TC csum action for some header/s");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* pedit.c; what the fields are is checked when all are known, see simnic_pedit_check() */
static int parse_pedit(struct builder *b, const struct flow_action_entry *act)
{
	struct simnic_rewrite *rewrite;
	int err;

	if (!b->pedit) {
		b->pedit = simnic_pedit_alloc();
		if (!b->pedit)
			return -ENOMEM;
	}
	err = simnic_pedit_add(b->pedit, act, b->parse->extack);
	if (err)
		return err;
	rewrite = &add(b, SIMNIC_REWRITE)->rewrite;
	rewrite->header = act->mangle.htype;
	rewrite->offset = act->mangle.offset;
	rewrite->mask = ~act->mangle.mask;
	rewrite->value = act->mangle.val;
	rewrite->add = act->id == FLOW_ACTION_ADD;
	b->rewrites = true;
	changed(b);
	return 0;
}

static bool police_verdict(struct builder *b, enum flow_action_id id, u32 extval, bool *drop, u8 *jump)
{
	*drop = id == FLOW_ACTION_DROP;
	*jump = 0;
	if (id == FLOW_ACTION_JUMP) {
		if (b->jumps) {
			NL_SET_ERR_MSG_MOD(b->parse->extack, "Cannot offload flows with nested jumps");
			return false;
		}
		b->jumps = true;
		*jump = extval;
		return true;
	}
	if (id == FLOW_ACTION_DROP || id == FLOW_ACTION_PIPE || id == FLOW_ACTION_ACCEPT)
		return true;
	NL_SET_ERR_MSG_MOD(b->parse->extack,
			   "Offload not supported when conform-exceed action is not pipe, ok, jump or drop");
	return false;
}

/*
 * police.c, police_act_validate; act.c splits the rule behind it, and each part must forward or
 * drop by itself
 */
static int parse_police(struct builder *b, const struct flow_action_entry *act)
{
	struct simnic_police police = {};

	if (!police_verdict(b, act->police.exceed.act_id, act->police.exceed.extval, &police.drop_exceed, &police.jump_exceed) ||
	    !police_verdict(b, act->police.notexceed.act_id, act->police.notexceed.extval, &police.drop_conform,
			    &police.jump_conform))
		return -EOPNOTSUPP;
	if (act->police.peakrate_bytes_ps || act->police.avrate || act->police.overhead) {
		NL_SET_ERR_MSG_MOD(b->parse->extack,
				   "Offload not supported when peakrate/avrate/overhead is configured");
		return -EOPNOTSUPP;
	}
	if (!b->parse->pf->profile->meter)
		return -EOPNOTSUPP;
	police.meter = simnic_meter_get(b->parse->pf, act);
	if (IS_ERR(police.meter))
		return PTR_ERR(police.meter);
	add(b, SIMNIC_POLICE)->police = police;
	b->forwards = false;
	b->drops = false;
	b->rewrites = false;
	return 0;
}

static int parse_mpls(struct builder *b, const struct flow_action_entry *act)
{
	if (act->id == FLOW_ACTION_MPLS_PUSH) {
		if (act->mpls_push.proto != htons(ETH_P_MPLS_UC)) {
			NL_SET_ERR_MSG_MOD(b->parse->extack, "mpls push is supported only for mpls_uc protocol");
			return -EOPNOTSUPP;
		}
		b->pushes_mpls = true;
		return 0;
	}
	NL_SET_ERR_MSG_MOD(b->parse->extack, "mpls pop supported only on bareudp devices");
	return -EOPNOTSUPP;
}

static int parse_action(struct builder *b, const struct flow_action_entry *act)
{
	struct netlink_ext_ack *extack = b->parse->extack;

	switch (act->id) {
	case FLOW_ACTION_ACCEPT:	/* accept.c: to the end of TC's tables, that is to the representor */
	case FLOW_ACTION_TRAP:		/* trap.c: to the slow path's table */
		add(b, SIMNIC_SLOW);
		b->forwards = true;
		return 0;
	case FLOW_ACTION_DROP:
		add(b, SIMNIC_DROP);
		b->drops = true;
		return 0;
	case FLOW_ACTION_GOTO:
		return parse_goto(b, act);
	case FLOW_ACTION_REDIRECT:
	case FLOW_ACTION_MIRRED:
		return parse_mirred(b, act);
	case FLOW_ACTION_REDIRECT_INGRESS:
		return parse_redirect_ingress(b, act);
	case FLOW_ACTION_VLAN_PUSH:
	case FLOW_ACTION_VLAN_POP:
	case FLOW_ACTION_VLAN_PUSH_ETH:
	case FLOW_ACTION_VLAN_POP_ETH:
		return parse_vlan(b, act);
	case FLOW_ACTION_VLAN_MANGLE:
		return set_vlan(b, act);
	case FLOW_ACTION_TUNNEL_ENCAP:
		if (!act->tunnel) {
			NL_SET_ERR_MSG_MOD(extack, "Zero tunnel attributes is not supported");
			return -EOPNOTSUPP;
		}
		b->tunnel = act->tunnel;
		return 0;
	case FLOW_ACTION_TUNNEL_DECAP:
		b->decaps = true;
		return 0;
	case FLOW_ACTION_MANGLE:
	case FLOW_ACTION_ADD:
		return parse_pedit(b, act);
	case FLOW_ACTION_CSUM:
		return check_csum(b, act);
	case FLOW_ACTION_PTYPE:
		if (act->ptype != PACKET_HOST) {
			NL_SET_ERR_MSG_MOD(extack, "skbedit ptype is only supported with type host");
			return -EOPNOTSUPP;
		}
		b->ptype_host = true;
		return 0;
	case FLOW_ACTION_POLICE:
		return parse_police(b, act);
	case FLOW_ACTION_CT:	/* en/tc_ct.c, mlx5_tc_ct_parse_action, of a NIC without connection tracking */
		NL_SET_ERR_MSG_MOD(extack, "offload of ct action isn't available");
		return -EOPNOTSUPP;
	case FLOW_ACTION_MPLS_PUSH:
	case FLOW_ACTION_MPLS_POP:
		return parse_mpls(b, act);
	default:
		NL_SET_ERR_MSG_MOD(extack, "Not implemented offload action");
		return -EOPNOTSUPP;
	}
}

/*
 * en/tc_tun.c, mlx5e_tc_tun_route_lookup: to the peer, addresses swapped. Only whether there is a
 * way matters here.
 */
static int check_reverse_route(struct simnic_parse *parse)
{
	struct ip_tunnel_key key = {};
	struct simnic_route route;
	int err;

	if (!parse->reverse_route)
		return 0;
	if (parse->key.enc.ip_version == 4) {
		key.u.ipv4.src = parse->key.enc.dst.s6_addr32[0];
		key.u.ipv4.dst = parse->key.enc.src.s6_addr32[0];
		err = simnic_route_ipv4(parse->pf, parse->filter_dev, &key, &route);
	} else {
		key.u.ipv6.src = parse->key.enc.dst;
		key.u.ipv6.dst = parse->key.enc.src;
		err = simnic_route_ipv6(parse->pf, parse->filter_dev, &key, &route);
	}
	if (!err)
		simnic_route_release(&route);
	return err;
}

/* goto.c, tc_act_post_parse_goto; en_tc.c, mlx5e_tc_add_fdb_flow and verify_attr_actions */
static int check_rule(struct builder *b)
{
	struct netlink_ext_ack *extack = b->parse->extack;
	int err;

	if (b->rule->has_goto && b->decaps) {
		NL_SET_ERR_MSG_MOD(extack, "Decap with goto isn't supported");
		return -EOPNOTSUPP;
	}
	if (b->pedit) {
		err = simnic_pedit_check(b->pedit, b->parse);
		if (err)
			return err;
	}
	if (b->parse->chain > max_chain(b->parse->pf->profile)) {
		NL_SET_ERR_MSG_MOD(extack, "Requested chain is out of supported range");
		return -EOPNOTSUPP;
	}
	if (b->parse->prio > max_prio(b->parse->pf->profile)) {
		NL_SET_ERR_MSG_MOD(extack, "Requested priority is out of supported range");
		return -EOPNOTSUPP;
	}
	err = check_reverse_route(b->parse);
	if (err)
		return err;
	if (!b->forwards && !b->drops) {
		NL_SET_ERR_MSG_MOD(extack, "Rule must have at least one forward/drop action");
		return -EOPNOTSUPP;
	}
	if (b->forwards && b->drops) {
		NL_SET_ERR_MSG_MOD(extack, "Rule cannot support forward+drop action");
		return -EOPNOTSUPP;
	}
	if (b->rewrites && b->drops) {
		NL_SET_ERR_MSG_MOD(extack, "Drop with modify header action is not supported");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* en/tc_tun_encap.c, mlx5e_tc_tun_encap_dests_set */
static int attach_encaps(struct builder *b)
{
	struct simnic_encap *encaps[SIMNIC_MAX_OUTPUTS];
	unsigned int i, j, n = 0;

	for (i = 0; i < b->rule->num_actions; i++) {
		struct simnic_action *action = &b->rule->actions[i];
		struct simnic_encap *encap;

		if (action->type != SIMNIC_ENCAP)
			continue;
		encap = simnic_encap_get(b->parse->pf, b->encaps[n].dev, b->encaps[n].info, b->parse->extack);
		if (IS_ERR(encap))
			return PTR_ERR(encap);
		action->encap = encap;
		for (j = 0; j < n; j++) {
			if (encaps[j] == encap) {
				NL_SET_ERR_MSG_MOD(b->parse->extack, "can't duplicate encap action");
				return -EOPNOTSUPP;
			}
		}
		encaps[n++] = encap;
	}
	return 0;
}

void simnic_actions_release(struct simnic_rule *rule)
{
	struct simnic_action *action;
	unsigned int i;

	for (i = 0; i < rule->num_actions; i++) {
		action = &rule->actions[i];
		if (action->type == SIMNIC_ENCAP && action->encap)
			simnic_encap_put(action->encap);
		else if (action->type == SIMNIC_POLICE)
			simnic_meter_put(action->police.meter);
	}
}

/*
 * One TC action may have become several entries (pedit): en_tc.c, dec_jump_count tells them apart
 * in this way.
 */
static void count_ordinal(struct builder *b, const struct flow_action_entry *act, const struct flow_action_entry *last)
{
	if (last && (act->id != last->id || act->hw_index != last->hw_index))
		b->ordinal++;
}

static int build(struct builder *b)
{
	const struct flow_action_entry *act, *last = NULL;
	int i, err;

	flow_action_for_each(i, act, &b->parse->flow->action) {
		count_ordinal(b, act, last);
		last = act;
		err = parse_action(b, act);
		if (err)
			return err;
	}
	err = check_rule(b);
	return err ?: attach_encaps(b);
}

/* Under pf->lock. */
struct simnic_rule *simnic_actions_parse(struct simnic_parse *parse)
{
	struct simnic_rule *rule;
	struct builder *b;
	int err;

	if (!flow_action_has_entries(&parse->flow->action)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Flow action doesn't have any entries");
		return ERR_PTR(-EINVAL);
	}
	/*
	 * en_tc.c, flow_action_supported: counters are late, whoever asks for immediate ones is
	 * refused.
	 */
	if (!flow_action_hw_stats_check(&parse->flow->action, parse->extack, FLOW_ACTION_HW_STATS_DELAYED_BIT)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Flow action HW stats type is not supported");
		return ERR_PTR(-EOPNOTSUPP);
	}
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	/* An output to a VLAN device becomes up to two pushes and the output. */
	rule = kvzalloc(struct_size(rule, actions, parse->flow->action.num_entries * (MAX_VLANS + 1)), GFP_KERNEL);
	if (!b || !rule) {
		err = -ENOMEM;
		goto out;
	}
	b->parse = parse;
	b->rule = rule;
	err = build(b);
	if (err)
		simnic_actions_release(rule);
	kfree(b->pedit);
out:
	kfree(b);
	if (!err)
		return rule;
	kvfree(rule);
	return ERR_PTR(err);
}
