// SPDX-License-Identifier: GPL-2.0-only
/* Link state of cables and VFs. */
#include <linux/rtnetlink.h>

#include "netdev.h"

static void set_carrier(struct net_device *dev, bool on)
{
	if (!dev)
		return;
	if (on)
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
}

static bool is_up(const struct net_device *dev)
{
	return dev && dev->flags & IFF_UP;
}

/*
 * Can frames leave this port now? A cable needs both its ends up and must be plugged in. A VF has
 * link when its representor is up: en_rep.c, mlx5e_rep_open sets the vport's admin state up; in
 * legacy mode there is no representor, and the VF always has link.
 */
bool simnic_vport_link_up(struct simnic_vport *vport)
{
	struct net_device *rep = rcu_dereference_check(vport->rep, lockdep_rtnl_is_held());
	struct net_device *far = rcu_dereference_check(vport->far, lockdep_rtnl_is_held());

	if (simnic_is_uplink(vport))
		return is_up(rep) && is_up(far) && READ_ONCE(vport->pf->faults.cable);
	return is_up(far) && (READ_ONCE(vport->pf->mode) == DEVLINK_ESWITCH_MODE_LEGACY || is_up(rep));
}

/* Under rtnl. */
void simnic_vport_update_link(struct simnic_vport *vport)
{
	struct net_device *rep = rtnl_dereference(vport->rep);
	struct net_device *far = rtnl_dereference(vport->far);

	if (simnic_is_uplink(vport)) {
		bool plugged = READ_ONCE(vport->pf->faults.cable);

		set_carrier(rep, is_up(far) && plugged);
		set_carrier(far, is_up(rep) && plugged);
	} else {
		set_carrier(rep, is_up(rep));
		set_carrier(far, READ_ONCE(vport->pf->mode) == DEVLINK_ESWITCH_MODE_LEGACY || is_up(rep));
	}
}

/* IFF_UP changes after ndo_open and before ndo_stop have run: the link follows the notification. */
static int netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if ((event == NETDEV_UP || event == NETDEV_DOWN) && simnic_is_ours(dev)) {
		struct simnic_netdev *nd = netdev_priv(dev);

		simnic_vport_update_link(nd->vport);
	}
	return NOTIFY_DONE;
}

static struct notifier_block netdev_nb = { .notifier_call = netdev_event };

int simnic_link_init(void)
{
	return register_netdevice_notifier(&netdev_nb);
}

void simnic_link_exit(void)
{
	unregister_netdevice_notifier(&netdev_nb);
}
