// SPDX-License-Identifier: GPL-2.0-only
/* Which chains and priorities there are, and who may go where (lib/fs_chains.c; en/tc/act/goto.c). */
#include "actions.h"

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
int simnic_parse_goto(struct simnic_builder *b, const struct flow_action_entry *act)
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
	simnic_builder_add(b, SIMNIC_GOTO)->chain = act->chain_index;
	b->rule->has_goto = true;
	b->forwards = true;
	return 0;
}

/* en_tc.c, mlx5e_tc_add_fdb_flow */
int simnic_check_chain(struct simnic_parse *parse)
{
	if (parse->chain > max_chain(parse->pf->profile)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Requested chain is out of supported range");
		return -EOPNOTSUPP;
	}
	if (parse->prio > max_prio(parse->pf->profile)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Requested priority is out of supported range");
		return -EOPNOTSUPP;
	}
	return 0;
}
