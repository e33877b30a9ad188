// SPDX-License-Identifier: GPL-2.0-only
/*
 * Token buckets. One per police action of TC, shared by the rules that name it by index
 * (en/tc/meter.c).
 */
#include <linux/slab.h>
#include <net/flow_offload.h>

#include "encap.h"

struct simnic_meter {
	struct list_head list;		/* pf->meters */
	struct rcu_head rcu;
	u32 index;
	unsigned int users;		/* under pf->lock */
	u64 rate;			/* tokens per second: bytes, or packets */
	u64 burst;
	u32 mtu;			/* the only limit, where it is set */
	bool packets;
	spinlock_t lock;		/* protects the two below */
	u64 tokens;			/* times NSEC_PER_SEC */
	ktime_t filled;
};

/* police.c, fill_meter_params_from_act */
static int set_limits(struct simnic_meter *meter, const struct flow_action_entry *act)
{
	if (act->police.rate_bytes_ps) {
		meter->rate = act->police.rate_bytes_ps;
		meter->burst = act->police.burst;
	} else if (act->police.rate_pkt_ps) {
		meter->rate = act->police.rate_pkt_ps;
		meter->burst = act->police.burst_pkt;
		meter->packets = true;
	} else if (act->police.mtu) {
		meter->mtu = act->police.mtu;
	} else {
		return -EOPNOTSUPP;
	}
	meter->filled = ktime_get();
	meter->tokens = meter->burst * NSEC_PER_SEC;
	return 0;
}

/* Under pf->lock. */
struct simnic_meter *simnic_meter_get(struct simnic_pf *pf, const struct flow_action_entry *act)
{
	struct simnic_meter *meter;
	int err;

	list_for_each_entry(meter, &pf->meters, list) {
		if (meter->index == act->hw_index) {
			meter->users++;
			return meter;
		}
	}
	meter = kzalloc(sizeof(*meter), GFP_KERNEL);
	if (!meter)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&meter->lock);
	meter->index = act->hw_index;
	meter->users = 1;
	err = set_limits(meter, act);
	if (err) {
		kfree(meter);
		return ERR_PTR(err);
	}
	list_add(&meter->list, &pf->meters);
	simnic_object_get(SIMNIC_OBJ_METERS);
	return meter;
}

/* Under pf->lock. Packets under RCU may still be measured. */
void simnic_meter_put(struct simnic_meter *meter)
{
	if (--meter->users)
		return;
	list_del(&meter->list);
	kfree_rcu(meter, rcu);
	simnic_object_put(SIMNIC_OBJ_METERS);
}

bool simnic_meter_conforms(struct simnic_meter *meter, unsigned int bytes)
{
	u64 price = (u64)(meter->packets ? 1 : bytes) * NSEC_PER_SEC;
	u64 full = meter->burst * NSEC_PER_SEC;
	bool conforms;
	ktime_t now;
	u64 idle;

	if (meter->mtu)
		return bytes <= meter->mtu;
	spin_lock(&meter->lock);
	now = ktime_get();
	idle = ktime_to_ns(ktime_sub(now, meter->filled));
	/*
	 * Compared by division first: idle nanoseconds times the rate may be too much for 64 bits.
	 */
	if (idle > div64_u64(full - min(full, meter->tokens), meter->rate))
		meter->tokens = full;
	else
		meter->tokens += idle * meter->rate;
	meter->filled = now;
	conforms = meter->tokens >= price;
	if (conforms)
		meter->tokens -= price;
	spin_unlock(&meter->lock);
	return conforms;
}
