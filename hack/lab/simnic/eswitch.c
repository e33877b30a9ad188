// SPDX-License-Identifier: GPL-2.0-only
/* Modes of the eswitch, and its representors. All under the devlink lock. */
#include <linux/rtnetlink.h>

#include "netdev.h"
#include "rule.h"

static int add_rep(struct simnic_vport *vport)
{
	struct simnic_pf *pf = vport->pf;
	struct net_device *dev;
	int err;

	err = simnic_devlink_port_add(vport);
	if (err)
		return err;
	dev = simnic_netdev_add(vport, SIMNIC_REP, &pf->pdev->dev, devlink_net(pf->devlink));
	if (IS_ERR(dev)) {
		simnic_devlink_port_remove(vport);
		return PTR_ERR(dev);
	}
	return 0;
}

/* Its rules go with it: the core takes them back while the qdisc is destroyed. */
static void remove_rep(struct simnic_vport *vport)
{
	simnic_netdev_remove(vport, SIMNIC_REP);
	simnic_devlink_port_remove(vport);
}

int simnic_eswitch_add_reps(struct simnic_pf *pf, int first, int end)
{
	int i, err;

	for (i = first; i < end; i++) {
		err = add_rep(&pf->vfs[i]);
		if (err) {
			simnic_eswitch_remove_reps(pf, first, i);
			return err;
		}
	}
	return 0;
}

void simnic_eswitch_remove_reps(struct simnic_pf *pf, int first, int end)
{
	int i;

	for (i = end - 1; i >= first; i--)
		remove_rep(&pf->vfs[i]);
}

/* From now on rules are refused (legacy), or taken; VFs' link follows. */
static void store_mode(struct simnic_pf *pf, u16 mode)
{
	int i;

	mutex_lock(&pf->lock);
	WRITE_ONCE(pf->mode, mode);
	mutex_unlock(&pf->lock);
	rtnl_lock();
	for (i = 0; i < pf->total_vfs; i++)
		simnic_vport_update_link(&pf->vfs[i]);
	rtnl_unlock();
}

void simnic_eswitch_to_legacy(struct simnic_pf *pf)
{
	if (pf->mode == DEVLINK_ESWITCH_MODE_LEGACY)
		return;
	store_mode(pf, DEVLINK_ESWITCH_MODE_LEGACY);
	simnic_tc_unbind_tunnels(pf);
	simnic_eswitch_remove_reps(pf, 0, pf->num_vfs);
	/* What is left was on the uplink, whose netdev stays. */
	simnic_rules_flush(pf);
}

static int to_switchdev(struct simnic_pf *pf)
{
	int err;

	store_mode(pf, DEVLINK_ESWITCH_MODE_SWITCHDEV);
	err = simnic_eswitch_add_reps(pf, 0, pf->num_vfs);
	if (err)
		goto err_mode;
	err = simnic_tc_bind_tunnels(pf);
	if (err)
		goto err_reps;
	return 0;

err_reps:
	simnic_eswitch_remove_reps(pf, 0, pf->num_vfs);
err_mode:
	store_mode(pf, DEVLINK_ESWITCH_MODE_LEGACY);
	return err;
}

/* eswitch_offloads.c, mlx5_devlink_eswitch_mode_set */
int simnic_eswitch_set_mode(struct simnic_pf *pf, u16 mode, struct netlink_ext_ack *extack)
{
	bool busy;

	if (mode != DEVLINK_ESWITCH_MODE_LEGACY && mode != DEVLINK_ESWITCH_MODE_SWITCHDEV)
		return -EINVAL;
	if (mode == pf->mode)
		return 0;
	/* eswitch.c, mlx5_esw_try_lock: rules hold the mode. */
	mutex_lock(&pf->lock);
	busy = pf->profile->busy_with_rules && pf->num_rules;
	mutex_unlock(&pf->lock);
	if (busy) {
		NL_SET_ERR_MSG_MOD(extack, "Can't change mode, E-Switch is busy");
		return -EBUSY;
	}
	if (mode == DEVLINK_ESWITCH_MODE_SWITCHDEV)
		return to_switchdev(pf);
	simnic_eswitch_to_legacy(pf);
	return 0;
}
