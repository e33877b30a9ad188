// SPDX-License-Identifier: GPL-2.0-only
/* A rule's life in hardware: en_tc.c, mlx5e_configure_flower, mlx5e_delete_flower. */
#include <linux/slab.h>

#include "encap.h"
#include "int_port.h"
#include "netdev.h"
#include "rule.h"

static struct simnic_rule *find(struct simnic_pf *pf, unsigned long cookie)
{
	struct simnic_rule *rule;

	hash_for_each_possible(pf->rules, rule, by_cookie, cookie)
		if (rule->cookie == cookie)
			return rule;
	return NULL;
}

/*
 * As NL_SET_ERR_MSG, for a text that is not a constant: the tracepoint fires even when the caller
 * wants no text.
 */
static void set_text(struct netlink_ext_ack *extack, const char *text)
{
	do_trace_netlink_extack(text);
	if (extack)
		extack->_msg = text;
}

/*
 * A rule of a tunnel device or internal port is everybody's; a NIC says why it refuses only those
 * that end at its own ports.
 */
static bool is_ours(const struct simnic_parse *parse)
{
	const struct flow_action_entry *act;
	int i;

	if (!parse->tunnel && !simnic_on_int_port(parse))
		return true;
	flow_action_for_each(i, act, &parse->flow->action)
		if ((act->id == FLOW_ACTION_REDIRECT || act->id == FLOW_ACTION_MIRRED) &&
		    (!act->dev || !netdev_port_same_parent_id(parse->dev, act->dev)))
			return false;
	return true;
}

static bool encaps_ready(const struct simnic_rule *rule)
{
	unsigned int i;

	for (i = 0; i < rule->num_actions; i++)
		if (rule->actions[i].type == SIMNIC_ENCAP && !rcu_access_pointer(rule->actions[i].encap->header))
			return false;
	return true;
}

/* Under pf->lock. */
void simnic_rules_update_slow(struct simnic_pf *pf)
{
	struct simnic_rule *rule;
	int i;

	hash_for_each(pf->rules, i, rule, by_cookie)
		WRITE_ONCE(rule->slow, !encaps_ready(rule));
}

/*
 * What the firmware has no room for, and what a test wants refused: a rule that all else would have
 * taken.
 */
static int check_room(struct simnic_parse *parse)
{
	struct simnic_pf *pf = parse->pf;

	if (pf->faults.refuse > 0) {
		pf->faults.refuse--;
		if (*pf->faults.refuse_text)
			set_text(parse->extack, pf->faults.refuse_text);
		return -pf->faults.refuse_errno;
	}
	return pf->faults.table_full || pf->num_rules >= pf->profile->table_size ? -ENOSPC : 0;
}

static void insert(struct simnic_parse *parse, struct simnic_rule *rule)
{
	struct simnic_pf *pf = parse->pf;

	rule->slow = !encaps_ready(rule);
	hash_add(pf->rules, &rule->by_cookie, rule->cookie);
	WRITE_ONCE(pf->num_rules, pf->num_rules + 1);
	simnic_object_get(SIMNIC_OBJ_RULES);
	if (parse->tunnel)
		simnic_object_get(SIMNIC_OBJ_DECAPS);
	simnic_stats_start(pf);
}

static int add(struct simnic_parse *parse)
{
	struct simnic_rule *rule;
	int err;

	err = simnic_match_parse(parse);
	if (err)
		goto err_match;
	rule = simnic_actions_parse(parse);
	if (IS_ERR(rule)) {
		err = PTR_ERR(rule);
		goto err_match;
	}
	rule->cookie = parse->cls->cookie;
	rule->pf = parse->pf;
	if (parse->source)
		parse->vport = &parse->source->vport;
	rule->vport = parse->vport;
	rule->source = parse->source;
	rule->key = parse->key;
	rule->uses_tlv = parse->uses_tlv;
	rule->last_used = jiffies;
	strscpy(rule->dev_name, parse->filter_dev->name, sizeof(rule->dev_name));
	err = check_room(parse);
	if (!err)
		err = simnic_table_insert(parse, rule);
	if (err)
		goto err_actions;
	insert(parse, rule);
	return 0;

err_actions:
	simnic_actions_release(rule);
	kvfree(rule);
err_match:
	if (parse->source)
		simnic_int_port_put(parse->source);
	if (parse->uses_tlv)
		simnic_tlv_put(parse->pf);
	return err;
}

static int replace(struct simnic_parse *parse)
{
	struct simnic_pf *pf = parse->pf;

	if (pf->mode != DEVLINK_ESWITCH_MODE_SWITCHDEV)
		return -EOPNOTSUPP;
	/*
	 * Tunnel devices of every namespace are offered; this NIC's routes and ports are those of
	 * its own.
	 */
	if (!net_eq(dev_net(parse->filter_dev), dev_net(parse->dev)))
		return -EOPNOTSUPP;
	/* There the block is not even bound: en/rep/tc.c, mlx5e_rep_check_indr_block_supported */
	if (simnic_on_int_port(parse) && !pf->profile->int_port)
		return -EOPNOTSUPP;
	if (find(pf, parse->cls->cookie)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "flow cookie already exists, ignoring");
		return -EEXIST;
	}
	if (!tc_can_offload_extack(parse->dev, parse->extack))
		return -EOPNOTSUPP;
	if (pf->profile->refuse_all) {
		if (is_ours(parse))
			set_text(parse->extack, pf->profile->refuse_all);
		return -EOPNOTSUPP;
	}
	return add(parse);
}

/* A rule on a representor; or on a tunnel device or internal port, then for the uplink. */
int simnic_rule_replace(struct simnic_vport *vport, struct net_device *filter_dev, struct flow_cls_offload *cls)
{
	struct simnic_pf *pf = vport->pf;
	struct simnic_parse *parse;
	int err = -EOPNOTSUPP;

	parse = kzalloc(sizeof(*parse), GFP_KERNEL);
	if (!parse)
		return -ENOMEM;
	parse->pf = pf;
	parse->vport = vport;
	parse->filter_dev = filter_dev;
	parse->cls = cls;
	parse->flow = flow_cls_offload_flow_rule(cls);
	parse->extack = cls->common.extack;
	parse->chain = cls->common.chain_index;
	parse->prio = cls->common.prio;
	parse->tunnel = simnic_tunnel_of(filter_dev);

	mutex_lock(&pf->lock);
	/* Stays: a netdev leaves its port under pf->lock, see simnic_netdev_remove(). */
	parse->dev = rcu_dereference_protected(vport->rep, lockdep_is_held(&pf->lock));
	if (parse->dev)
		err = replace(parse);
	mutex_unlock(&pf->lock);
	kfree(parse);
	return err;
}

/* Under pf->lock. Packets under RCU may still hold the rule. */
static void remove(struct simnic_rule *rule)
{
	struct simnic_pf *pf = rule->pf;

	if (rule->group->tunnel)
		simnic_object_put(SIMNIC_OBJ_DECAPS);
	hash_del(&rule->by_cookie);
	simnic_table_remove(rule);
	if (rule->uses_tlv)
		simnic_tlv_put(pf);
	simnic_actions_release(rule);
	if (rule->source)
		simnic_int_port_put(rule->source);
	WRITE_ONCE(pf->num_rules, pf->num_rules - 1);
	kvfree_rcu(rule, rcu);
	simnic_object_put(SIMNIC_OBJ_RULES);
}

int simnic_rule_destroy(struct simnic_pf *pf, struct flow_cls_offload *cls)
{
	struct simnic_rule *rule;

	mutex_lock(&pf->lock);
	rule = find(pf, cls->cookie);
	if (rule)
		remove(rule);
	mutex_unlock(&pf->lock);
	return rule ? 0 : -EINVAL;
}

void simnic_rules_flush(struct simnic_pf *pf)
{
	struct hlist_node *next;
	struct simnic_rule *rule;
	int i;

	mutex_lock(&pf->lock);
	hash_for_each_safe(pf->rules, i, next, rule, by_cookie)
		remove(rule);
	mutex_unlock(&pf->lock);
}

/* en_tc.c, mlx5e_stats_flower: what the last reading of the counters had, not what they are. */
int simnic_rule_stats(struct simnic_pf *pf, struct flow_cls_offload *cls)
{
	struct simnic_rule *rule;

	mutex_lock(&pf->lock);
	rule = find(pf, cls->cookie);
	if (rule) {
		flow_stats_update(&cls->stats, rule->seen.bytes - rule->reported.bytes,
				  rule->seen.packets - rule->reported.packets, rule->seen.drops - rule->reported.drops,
				  rule->seen.last_used, FLOW_ACTION_HW_STATS_DELAYED);
		rule->reported.bytes = rule->seen.bytes;
		rule->reported.packets = rule->seen.packets;
		rule->reported.drops = rule->seen.drops;
	}
	mutex_unlock(&pf->lock);
	return rule ? 0 : -ENOENT;
}
