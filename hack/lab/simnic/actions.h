/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIMNIC_ACTIONS_H
#define SIMNIC_ACTIONS_H

#include <net/ip_tunnels.h>

#include "rule.h"

#define SIMNIC_MAX_VLANS 2	/* fs_core.h, MLX5_FS_VLAN_DEPTH */

/* A rule's actions while they are parsed, one TC action after the other. */
struct simnic_builder {
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
	bool forwards, drops, rewrites, decaps, pushes_mpls, pops_eth, ptype_host, jumps, to_int_port;
};

static inline struct simnic_action *simnic_builder_add(struct simnic_builder *b, enum simnic_action_type type)
{
	struct simnic_action *action = &b->rule->actions[b->rule->num_actions++];

	action->type = type;
	action->ordinal = b->ordinal;
	return action;
}

/* A change of the packet: what went out before is another packet than what goes out after. */
static inline void simnic_builder_changed(struct simnic_builder *b)
{
	b->rule->modifies = true;
	b->num_devs = 0;
}

/* vlan.c */
int simnic_parse_vlan(struct simnic_builder *b, const struct flow_action_entry *act);
int simnic_push_vlan(struct simnic_builder *b, __be16 tpid, u16 tci);
int simnic_set_vlan(struct simnic_builder *b, const struct flow_action_entry *act);

/* forward.c */
int simnic_parse_mirred(struct simnic_builder *b, const struct flow_action_entry *act);
int simnic_parse_redirect_ingress(struct simnic_builder *b, const struct flow_action_entry *act);
int simnic_attach_encaps(struct simnic_builder *b);

/* chains.c */
int simnic_parse_goto(struct simnic_builder *b, const struct flow_action_entry *act);
int simnic_check_chain(struct simnic_parse *parse);

#endif
