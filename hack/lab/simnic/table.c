// SPDX-License-Identifier: GPL-2.0-only
/*
 * The eswitch's tables. Chain, then priority (lower first), then mask; within one of those a hash.
 */
#include <linux/jhash.h>
#include <linux/slab.h>

#include "rule.h"

static struct hlist_head *bucket(struct simnic_group *group, const struct simnic_key *key)
{
	const u8 *bytes = (const u8 *)key, *mask = (const u8 *)&group->mask;
	u32 hash = 0;
	unsigned int i;

	for (i = group->from; i < group->end; i += sizeof(u32))
		hash = jhash_1word(*(const u32 *)(bytes + i) & *(const u32 *)(mask + i), hash);
	return &group->buckets[hash % ARRAY_SIZE(group->buckets)];
}

/* The rule's key is stored masked. */
static bool matches(const struct simnic_group *group, const struct simnic_key *packet, const struct simnic_key *rule)
{
	unsigned int i;

	for (i = group->from; i < group->end; i += sizeof(u64))
		if ((*(const u64 *)((const u8 *)packet + i) & *(const u64 *)((const u8 *)&group->mask + i)) !=
		    *(const u64 *)((const u8 *)rule + i))
			return false;
	return true;
}

static void find_range(struct simnic_group *group)
{
	const u8 *mask = (const u8 *)&group->mask;
	unsigned int i;

	BUILD_BUG_ON(sizeof(struct simnic_key) % sizeof(u64));
	for (i = 0; i < sizeof(struct simnic_key); i++) {
		if (!mask[i])
			continue;
		if (!group->end)
			group->from = round_down(i, sizeof(u64));
		group->end = round_up(i + 1, sizeof(u64));
	}
}

static struct simnic_group *find_group(struct simnic_parse *parse, struct list_head **before)
{
	struct simnic_group *group;

	*before = &parse->vport->groups;
	list_for_each_entry(group, &parse->vport->groups, list) {
		if (group->chain > parse->chain || (group->chain == parse->chain && group->prio > parse->prio)) {
			*before = &group->list;
			break;
		}
		if (group->chain == parse->chain && group->prio == parse->prio && group->tunnel == parse->tunnel &&
		    !memcmp(&group->mask, &parse->mask, sizeof(group->mask)))
			return group;
	}
	return NULL;
}

/* Under pf->lock. */
int simnic_table_insert(struct simnic_parse *parse, struct simnic_rule *rule)
{
	struct simnic_group *group;
	struct list_head *before;

	group = find_group(parse, &before);
	if (!group) {
		group = kvzalloc(sizeof(*group), GFP_KERNEL);
		if (!group)
			return -ENOMEM;
		group->chain = parse->chain;
		group->prio = parse->prio;
		group->tunnel = parse->tunnel;
		group->mask = parse->mask;
		find_range(group);
		list_add_tail_rcu(&group->list, before);
		simnic_object_get(SIMNIC_OBJ_GROUPS);
	}
	group->num_rules++;
	rule->group = group;
	if (group->tunnel)
		atomic_inc(&parse->pf->tunnel_rules);
	/*
	 * At the head: while TC replaces a filter, both are here for a moment, and the new one
	 * counts.
	 */
	hlist_add_head_rcu(&rule->in_bucket, bucket(group, &rule->key));
	return 0;
}

/* Under pf->lock. */
void simnic_table_remove(struct simnic_rule *rule)
{
	struct simnic_group *group = rule->group;

	hlist_del_rcu(&rule->in_bucket);
	if (group->tunnel)
		atomic_dec(&rule->pf->tunnel_rules);
	if (--group->num_rules)
		return;
	list_del_rcu(&group->list);
	kvfree_rcu(group, rcu);
	simnic_object_put(SIMNIC_OBJ_GROUPS);
}

/* Under RCU. The tunnel key is absent where the packet is no tunnel packet. */
struct simnic_rule *simnic_table_lookup(struct simnic_vport *vport, u32 chain, const struct simnic_key *plain,
					const struct simnic_key *tunnel, enum simnic_tunnel type)
{
	const struct simnic_key *key;
	struct simnic_group *group;
	struct simnic_rule *rule;

	list_for_each_entry_rcu(group, &vport->groups, list) {
		if (group->chain < chain)
			continue;
		if (group->chain > chain)
			break;
		key = group->tunnel ? group->tunnel == type ? tunnel : NULL : plain;
		if (!key)
			continue;
		hlist_for_each_entry_rcu(rule, bucket(group, key), in_bucket)
			if (matches(group, key, &rule->key))
				return rule;
	}
	return NULL;
}
