// SPDX-License-Identifier: GPL-2.0-only
/*
 * From TC's actions to the hardware's, with mlx5's limits and texts (en/tc/act/ unless said
 * otherwise; the list is act.c, tc_acts_fdb).
 */
#include <linux/slab.h>
#include <linux/tc_act/tc_csum.h>

#include "actions.h"
#include "encap.h"
#include "int_port.h"

/*
 * csum.c, csum_offload_supported: the hardware mends checksums when it rewrites headers; there is
 * nothing else to do for it.
 */
static int check_csum(struct simnic_builder *b, const struct flow_action_entry *act)
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
static int parse_pedit(struct simnic_builder *b, const struct flow_action_entry *act)
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
	rewrite = &simnic_builder_add(b, SIMNIC_REWRITE)->rewrite;
	rewrite->header = act->mangle.htype;
	rewrite->offset = act->mangle.offset;
	rewrite->mask = ~act->mangle.mask;
	rewrite->value = act->mangle.val;
	rewrite->add = act->id == FLOW_ACTION_ADD;
	b->rewrites = true;
	simnic_builder_changed(b);
	return 0;
}

static bool police_verdict(struct simnic_builder *b, enum flow_action_id id, u32 extval, bool *drop, u8 *jump)
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
static int parse_police(struct simnic_builder *b, const struct flow_action_entry *act)
{
	struct simnic_police police = {};

	if (!police_verdict(b, act->police.exceed.act_id, act->police.exceed.extval,
			    &police.drop_exceed, &police.jump_exceed) ||
	    !police_verdict(b, act->police.notexceed.act_id, act->police.notexceed.extval,
			    &police.drop_conform, &police.jump_conform))
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
	simnic_builder_add(b, SIMNIC_POLICE)->police = police;
	b->forwards = false;
	b->drops = false;
	b->rewrites = false;
	return 0;
}

static int parse_mpls(struct simnic_builder *b, const struct flow_action_entry *act)
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

static int parse_action(struct simnic_builder *b, const struct flow_action_entry *act)
{
	struct netlink_ext_ack *extack = b->parse->extack;

	switch (act->id) {
	case FLOW_ACTION_ACCEPT:	/* accept.c: to the end of TC's tables, that is to the representor */
	case FLOW_ACTION_TRAP:		/* trap.c: to the slow path's table */
		simnic_builder_add(b, SIMNIC_SLOW);
		b->forwards = true;
		return 0;
	case FLOW_ACTION_DROP:
		simnic_builder_add(b, SIMNIC_DROP);
		b->drops = true;
		return 0;
	case FLOW_ACTION_GOTO:
		return simnic_parse_goto(b, act);
	case FLOW_ACTION_REDIRECT:
	case FLOW_ACTION_MIRRED:
		return simnic_parse_mirred(b, act);
	case FLOW_ACTION_REDIRECT_INGRESS:
		return simnic_parse_redirect_ingress(b, act);
	case FLOW_ACTION_VLAN_PUSH:
	case FLOW_ACTION_VLAN_POP:
	case FLOW_ACTION_VLAN_PUSH_ETH:
	case FLOW_ACTION_VLAN_POP_ETH:
		return simnic_parse_vlan(b, act);
	case FLOW_ACTION_VLAN_MANGLE:
		return simnic_set_vlan(b, act);
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

/* Under pf->lock. */
static int set_source(struct simnic_parse *parse, int ifindex, bool egress)
{
	struct simnic_int_port *port = simnic_int_port_get(parse->pf, ifindex, egress);

	if (IS_ERR(port))
		return PTR_ERR(port);
	parse->source = port;
	return 0;
}

/*
 * en/tc_tun.c, mlx5e_tc_tun_route_lookup: to the peer, addresses swapped. Where the VTEP is on an
 * OVS internal port, only what OVS's own rule gives to that port is decapsulated.
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
	if (err)
		return err;
	simnic_route_release(&route);
	return route.ovs_port && parse->pf->profile->int_port ? set_source(parse, route.ifindex, false) : 0;
}

/* en_tc.c, parse_tc_fdb_actions */
static int check_int_port_outputs(struct simnic_builder *b)
{
	struct simnic_parse *parse = b->parse;
	bool on_int_port = simnic_on_int_port(parse);

	if ((on_int_port || b->to_int_port) && b->outputs > 1) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Rules with internal port can have only one destination");
		return -EOPNOTSUPP;
	}
	if ((on_int_port || parse->tunnel) && b->to_int_port) {
		NL_SET_ERR_MSG_MOD(parse->extack,
				   "Forwarding from tunnel/internal port to internal port is not supported");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* en_tc.c, mlx5e_tc_add_fdb_flow */
static int check_int_port_filter(struct simnic_builder *b)
{
	struct simnic_parse *parse = b->parse;

	if (!simnic_on_int_port(parse))
		return 0;
	if (parse->chain) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Internal port rule is only supported on chain 0");
		return -EOPNOTSUPP;
	}
	if (b->rule->has_goto) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Internal port rule offload doesn't support goto action");
		return -EOPNOTSUPP;
	}
	return set_source(parse, parse->filter_dev->ifindex, true);
}

/* goto.c, tc_act_post_parse_goto; en_tc.c, mlx5e_tc_add_fdb_flow and verify_attr_actions */
static int check_rule(struct simnic_builder *b)
{
	struct netlink_ext_ack *extack = b->parse->extack;
	int err;

	if (b->rule->has_goto && b->decaps) {
		NL_SET_ERR_MSG_MOD(extack, "Decap with goto isn't supported");
		return -EOPNOTSUPP;
	}
	err = check_int_port_outputs(b);
	if (err)
		return err;
	if (b->pedit) {
		err = simnic_pedit_check(b->pedit, b->parse);
		if (err)
			return err;
	}
	err = simnic_check_chain(b->parse);
	if (err)
		return err;
	err = check_reverse_route(b->parse);
	if (!err)
		err = check_int_port_filter(b);
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

void simnic_actions_release(struct simnic_rule *rule)
{
	struct simnic_action *action;
	unsigned int i;

	for (i = 0; i < rule->num_actions; i++) {
		action = &rule->actions[i];
		if (action->type == SIMNIC_ENCAP && action->encap)
			simnic_encap_put(action->encap);
		else if (action->type == SIMNIC_TO_INT_PORT)
			simnic_int_port_put(action->int_port);
		else if (action->type == SIMNIC_POLICE)
			simnic_meter_put(action->police.meter);
	}
}

/*
 * One TC action may have become several entries (pedit): en_tc.c, dec_jump_count tells them apart
 * in this way.
 */
static void count_ordinal(struct simnic_builder *b, const struct flow_action_entry *act, const struct flow_action_entry *last)
{
	if (last && (act->id != last->id || act->hw_index != last->hw_index))
		b->ordinal++;
}

static int build(struct simnic_builder *b)
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
	return err ?: simnic_attach_encaps(b);
}

/* Under pf->lock. */
struct simnic_rule *simnic_actions_parse(struct simnic_parse *parse)
{
	struct simnic_rule *rule;
	struct simnic_builder *b;
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
	rule = kvzalloc(struct_size(rule, actions, parse->flow->action.num_entries * (SIMNIC_MAX_VLANS + 1)), GFP_KERNEL);
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
