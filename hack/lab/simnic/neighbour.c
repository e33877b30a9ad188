// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outer headers follow their next hop's neighbour entry, some time later: en/rep/neigh.c,
 * mlx5e_rep_netevent_event and mlx5e_rep_neigh_update; en/rep/tc.c, mlx5e_rep_update_flows. Rules
 * whose header has no valid neighbour stay flagged in_hw and take the slow path.
 */
#include <net/arp.h>
#include <net/ipv6_stubs.h>
#include <net/ndisc.h>
#include <net/netevent.h>

#include "encap.h"
#include "rule.h"

static LIST_HEAD(watched);
static DEFINE_SPINLOCK(watched_lock);

void simnic_neighbour_watch(struct simnic_encap *encap)
{
	spin_lock_bh(&watched_lock);
	list_add(&encap->by_neighbour, &watched);
	spin_unlock_bh(&watched_lock);
}

static void work_begins(struct simnic_encap *encap)
{
	refcount_inc(&encap->users);
	atomic_inc(&encap->pf->pending);
	simnic_object_get(SIMNIC_OBJ_WORKS);
}

static void work_done(struct simnic_encap *encap)
{
	atomic_dec(&encap->pf->pending);
	simnic_object_put(SIMNIC_OBJ_WORKS);
	simnic_encap_unref(encap);
}

/*
 * Nothing is told to the entry afterwards. Work that runs already waits for pf->lock, and finds an
 * entry without rules.
 */
void simnic_neighbour_unwatch(struct simnic_encap *encap)
{
	spin_lock_bh(&watched_lock);
	list_del_init(&encap->by_neighbour);
	spin_unlock_bh(&watched_lock);
	if (cancel_delayed_work(&encap->neigh_work))
		work_done(encap);
}

/*
 * en/rep/tc.c, mlx5e_rep_update_flows: with a new neighbour the outer source address is read again.
 */
static void refresh_source(struct simnic_encap *encap)
{
	struct ethhdr *eth = (void *)encap->draft->bytes;
	struct net_device *uplink, *dev;

	rcu_read_lock();
	uplink = rcu_dereference(encap->pf->uplink.rep);
	dev = uplink ? dev_get_by_index_rcu(dev_net(uplink), encap->route_ifindex) : NULL;
	if (dev)
		ether_addr_copy(eth->h_source, dev->dev_addr);
	rcu_read_unlock();
}

void simnic_neighbour_work(struct work_struct *work)
{
	struct simnic_encap *encap = container_of(to_delayed_work(work), struct simnic_encap, neigh_work);
	struct simnic_pf *pf = encap->pf;
	u8 mac[ETH_ALEN];
	bool valid;

	mutex_lock(&pf->lock);
	if (encap->rules) {
		spin_lock_bh(&watched_lock);
		valid = encap->told_valid;
		ether_addr_copy(mac, encap->told_mac);
		spin_unlock_bh(&watched_lock);
		refresh_source(encap);
		simnic_encap_set_neighbour(encap, valid, mac);
		simnic_rules_update_slow(pf);
	}
	mutex_unlock(&pf->lock);
	work_done(encap);
}

static bool is_next_hop(const struct simnic_encap *encap, const struct neighbour *n)
{
	return encap->family == n->tbl->family && encap->neigh_ifindex == n->dev->ifindex &&
	       encap->net == dev_net(n->dev) && !memcmp(&encap->next_hop, n->primary_key, n->tbl->key_len);
}

static void tell(struct neighbour *n)
{
	struct simnic_encap *encap;
	u8 mac[ETH_ALEN];
	bool valid;

	read_lock_bh(&n->lock);
	valid = n->nud_state & NUD_VALID && !n->dead;
	ether_addr_copy(mac, n->ha);
	read_unlock_bh(&n->lock);

	spin_lock_bh(&watched_lock);
	list_for_each_entry(encap, &watched, by_neighbour) {
		if (!is_next_hop(encap, n))
			continue;
		encap->told_valid = valid;
		ether_addr_copy(encap->told_mac, mac);
		work_begins(encap);
		if (!queue_delayed_work(encap->pf->wq, &encap->neigh_work, simnic_random_delay()))
			work_done(encap);
	}
	spin_unlock_bh(&watched_lock);
}

static int netevent(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct neighbour *n = ptr;

	if (event == NETEVENT_NEIGH_UPDATE && (n->tbl == &arp_tbl || n->tbl == ipv6_stub->nd_tbl))
		tell(n);
	return NOTIFY_DONE;
}

static struct notifier_block netevent_nb = { .notifier_call = netevent };

/*
 * en/tc_tun_encap.c, mlx5e_tc_update_neigh_used_value: traffic in hardware is not seen by the
 * neighbour table, so the driver says that the entry is used, and the entry is probed instead of
 * going stale.
 */
void simnic_neighbour_keep_fresh(struct simnic_encap *encap)
{
	struct neigh_table *tbl = encap->family == AF_INET ? &arp_tbl : ipv6_stub->nd_tbl;
	struct net_device *uplink, *dev;
	struct neighbour *n = NULL;

	rcu_read_lock();
	uplink = rcu_dereference(encap->pf->uplink.rep);
	if (uplink && dev_net(uplink) == encap->net) {
		dev = dev_get_by_index_rcu(dev_net(uplink), encap->neigh_ifindex);
		if (dev)
			n = neigh_lookup(tbl, &encap->next_hop, dev);
	}
	rcu_read_unlock();
	if (!n)
		return;
	neigh_event_send(n, NULL);
	neigh_release(n);
}

int simnic_neighbour_init(void)
{
	return register_netevent_notifier(&netevent_nb);
}

void simnic_neighbour_exit(void)
{
	unregister_netevent_notifier(&netevent_nb);
}
