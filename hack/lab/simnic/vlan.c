// SPDX-License-Identifier: GPL-2.0-only
/* VLAN tags on and off: en/tc/act/vlan.c and vlan_mangle.c. */
#include <linux/if_vlan.h>

#include "actions.h"

/* vlan.c, parse_tc_vlan_action */
static int vlan_slot(struct simnic_builder *b)
{
	if (b->vlans >= SIMNIC_MAX_VLANS) {
		NL_SET_ERR_MSG_MOD(b->parse->extack, "Total vlans used is greater than supported");
		return -EOPNOTSUPP;
	}
	b->vlans++;
	return 0;
}

int simnic_push_vlan(struct simnic_builder *b, __be16 tpid, u16 tci)
{
	struct simnic_action *action;
	int err = vlan_slot(b);

	if (err)
		return err;
	action = simnic_builder_add(b, SIMNIC_VLAN_PUSH);
	action->vlan.tpid = tpid ?: htons(ETH_P_8021Q);
	action->vlan.tci = tci;
	simnic_builder_changed(b);
	return 0;
}

/* vlan_mangle.c, mlx5e_tc_act_vlan_add_rewrite_action */
int simnic_set_vlan(struct simnic_builder *b, const struct flow_action_entry *act)
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
	action = simnic_builder_add(b, SIMNIC_VLAN_SET);
	action->vlan.tci = act->vlan.vid & VLAN_VID_MASK;
	b->rewrites = true;
	simnic_builder_changed(b);
	return 0;
}

int simnic_parse_vlan(struct simnic_builder *b, const struct flow_action_entry *act)
{
	int err;

	switch (act->id) {
	case FLOW_ACTION_VLAN_PUSH:
		if (b->rule->num_actions && b->rule->actions[b->rule->num_actions - 1].type == SIMNIC_VLAN_POP) {
			/* Pop and push together are a rewrite. */
			b->rule->num_actions--;
			b->vlans--;
			return simnic_set_vlan(b, act);
		}
		return simnic_push_vlan(b, act->vlan.proto, act->vlan.vid | act->vlan.prio << VLAN_PRIO_SHIFT);
	case FLOW_ACTION_VLAN_POP:
		err = vlan_slot(b);
		if (err)
			return err;
		simnic_builder_add(b, SIMNIC_VLAN_POP);
		simnic_builder_changed(b);
		return 0;
	case FLOW_ACTION_VLAN_POP_ETH:
		b->pops_eth = true;
		return 0;
	default:	/* push of an Ethernet header: only after MPLS decapsulation */
		return -EOPNOTSUPP;
	}
}
