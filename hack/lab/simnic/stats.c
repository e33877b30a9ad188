// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters are read now and then; TC sees the last reading (fs_counters.c, mlx5_fc_stats_work:
 * about once a second).
 */
#include "encap.h"
#include "rule.h"

#define MIN_PERIOD (HZ / 50)

static bool is_stale(const struct simnic_rule *rule)
{
	return rule->seen.packets != atomic64_read(&rule->hits.packets);
}

static void report_use(struct simnic_rule *rule)
{
	struct simnic_encap *encap;
	unsigned int i;

	for (i = 0; i < rule->num_actions; i++) {
		if (rule->actions[i].type != SIMNIC_ENCAP)
			continue;
		encap = rule->actions[i].encap;
		if (!rcu_access_pointer(encap->header) || !time_after(READ_ONCE(rule->last_used), encap->reported_use))
			continue;
		encap->reported_use = jiffies;
		simnic_neighbour_keep_fresh(encap);
	}
}

static void stats_work(struct work_struct *work)
{
	struct simnic_pf *pf = container_of(to_delayed_work(work), struct simnic_pf, stats_work);
	struct simnic_rule *rule;
	int i;

	mutex_lock(&pf->lock);
	hash_for_each(pf->rules, i, rule, by_cookie) {
		if (!is_stale(rule))
			continue;
		rule->seen.packets = atomic64_read(&rule->hits.packets);
		rule->seen.bytes = atomic64_read(&rule->hits.bytes);
		rule->seen.drops = atomic64_read(&rule->drops);
		rule->seen.last_used = READ_ONCE(rule->last_used);
		report_use(rule);
	}
	if (pf->num_rules)
		simnic_stats_start(pf);
	mutex_unlock(&pf->lock);
}

void simnic_stats_init(struct simnic_pf *pf)
{
	INIT_DELAYED_WORK(&pf->stats_work, stats_work);
}

void simnic_stats_start(struct simnic_pf *pf)
{
	queue_delayed_work(pf->wq, &pf->stats_work, max_t(unsigned long, simnic_random_delay(), MIN_PERIOD));
}

/* Under pf->lock: is there a counter that TC has not seen yet? */
bool simnic_stats_stale(struct simnic_pf *pf)
{
	struct simnic_rule *rule;
	int i;

	hash_for_each(pf->rules, i, rule, by_cookie)
		if (is_stale(rule))
			return true;
	return false;
}
