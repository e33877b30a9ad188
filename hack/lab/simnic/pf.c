// SPDX-License-Identifier: GPL-2.0-only
/* A physical function: what exists from probe to remove, and what a reload or reset makes anew. */
#include <linux/slab.h>

#include "netdev.h"
#include "rule.h"

static void vport_init(struct simnic_pf *pf, struct simnic_vport *vport, int vf)
{
	vport->pf = pf;
	vport->vf = vf;
	INIT_LIST_HEAD(&vport->groups);
	eth_random_addr(vport->mac);
}

static struct simnic_pf *pf_alloc(struct simnic_card *card, struct pci_dev *pdev)
{
	struct devlink *devlink;
	struct simnic_pf *pf;
	int i;

	devlink = devlink_alloc(&simnic_devlink_ops, sizeof(*pf), &pdev->dev);
	if (!devlink)
		return NULL;
	pf = devlink_priv(devlink);
	pf->devlink = devlink;
	pf->card = card;
	pf->pdev = pdev;
	pf->func = PCI_FUNC(pdev->devfn);
	pf->number = card->first_pf + pf->func;
	pf->total_vfs = simnic_total_vfs;
	pf->profile = simnic_default_profile;
	pf->mode = DEVLINK_ESWITCH_MODE_LEGACY;
	pf->inline_mode = DEVLINK_ESWITCH_INLINE_MODE_NONE;
	pf->faults.carry = true;
	pf->faults.cable = true;
	pf->faults.refuse_text = simnic_refuse_text(pf);
	mutex_init(&pf->lock);
	hash_init(pf->rules);
	INIT_LIST_HEAD(&pf->encaps);
	INIT_LIST_HEAD(&pf->int_ports);
	INIT_LIST_HEAD(&pf->meters);
	simnic_stats_init(pf);
	vport_init(pf, &pf->uplink, SIMNIC_UPLINK);
	pf->vfs = kvcalloc(pf->total_vfs, sizeof(*pf->vfs), GFP_KERNEL);
	pf->wq = alloc_workqueue("simnic-%d", WQ_UNBOUND, 0, pf->number);
	if (!pf->vfs || !pf->wq) {
		if (pf->wq)
			destroy_workqueue(pf->wq);
		kvfree(pf->vfs);
		devlink_free(devlink);
		return NULL;
	}
	for (i = 0; i < pf->total_vfs; i++)
		vport_init(pf, &pf->vfs[i], i);
	return pf;
}

static void pf_free(struct simnic_pf *pf)
{
	destroy_workqueue(pf->wq);
	kvfree(pf->vfs);
	mutex_destroy(&pf->lock);
	devlink_free(pf->devlink);
}

/* Under the devlink lock: the uplink's port and netdev, in the devlink instance's namespace. */
int simnic_pf_up(struct simnic_pf *pf)
{
	struct net_device *dev;
	int err;

	mutex_lock(&pf->lock);
	pf->encap_mode = pf->profile->encap ? DEVLINK_ESWITCH_ENCAP_MODE_BASIC : DEVLINK_ESWITCH_ENCAP_MODE_NONE;
	mutex_unlock(&pf->lock);
	err = simnic_devlink_port_add(&pf->uplink);
	if (err)
		return err;
	dev = simnic_netdev_add(&pf->uplink, SIMNIC_REP, &pf->pdev->dev, devlink_net(pf->devlink));
	if (IS_ERR(dev)) {
		simnic_devlink_port_remove(&pf->uplink);
		return PTR_ERR(dev);
	}
	pf->up = true;
	return 0;
}

/*
 * Under the devlink lock: all that the hardware knew is gone. The eswitch is in legacy mode
 * afterwards, as mlx5's is after a reload (eswitch.c, mlx5_eswitch_disable). VFs and their netdevs
 * are other functions' business, and stay; so does the far end of the cable.
 */
void simnic_pf_down(struct simnic_pf *pf)
{
	if (!pf->up)
		return;
	simnic_eswitch_to_legacy(pf);
	simnic_netdev_remove(&pf->uplink, SIMNIC_REP);
	simnic_devlink_port_remove(&pf->uplink);
	simnic_rules_flush(pf);
	cancel_delayed_work_sync(&pf->stats_work);
	flush_workqueue(pf->wq);
	simnic_udp_ports_reset(pf);
	pf->up = false;
}

int simnic_pf_reset(struct simnic_pf *pf)
{
	int err;

	devl_lock(pf->devlink);
	simnic_pf_down(pf);
	err = simnic_pf_up(pf);
	devl_unlock(pf->devlink);
	return err;
}

int simnic_pf_set_num_vfs(struct simnic_pf *pf, int num)
{
	int err = 0;

	devl_lock(pf->devlink);
	if (pf->mode == DEVLINK_ESWITCH_MODE_SWITCHDEV) {
		if (num > pf->num_vfs)
			err = simnic_eswitch_add_reps(pf, pf->num_vfs, num);
		else
			simnic_eswitch_remove_reps(pf, num, pf->num_vfs);
	}
	if (!err)
		pf->num_vfs = num;
	devl_unlock(pf->devlink);
	return err;
}

/* Is anything under way that will change what can be seen? */
bool simnic_pf_pending(struct simnic_pf *pf)
{
	bool stale;

	mutex_lock(&pf->lock);
	stale = simnic_stats_stale(pf);
	mutex_unlock(&pf->lock);
	return stale || atomic_read(&pf->pending);
}

struct simnic_pf *simnic_pf_create(struct simnic_card *card, struct pci_dev *pdev)
{
	struct simnic_pf *pf = pf_alloc(card, pdev);
	struct net_device *cable;
	int err;

	if (!pf)
		return ERR_PTR(-ENOMEM);
	/* The far end of the cable belongs to no device: whatever is out there. */
	cable = simnic_netdev_add(&pf->uplink, SIMNIC_FAR, NULL, &init_net);
	if (IS_ERR(cable)) {
		err = PTR_ERR(cable);
		goto err_free;
	}
	devl_lock(pf->devlink);
	err = devl_register(pf->devlink);
	if (err)
		goto err_unlock;
	err = simnic_pf_up(pf);
	if (err)
		goto err_unregister;
	devl_unlock(pf->devlink);
	pci_set_drvdata(pdev, pf);
	simnic_debugfs_add(pf);
	return pf;

err_unregister:
	devl_unregister(pf->devlink);
err_unlock:
	devl_unlock(pf->devlink);
	simnic_netdev_remove(&pf->uplink, SIMNIC_FAR);
err_free:
	pf_free(pf);
	return ERR_PTR(err);
}

void simnic_pf_destroy(struct simnic_pf *pf)
{
	simnic_debugfs_remove(pf);
	/* VFs are gone by now, with their netdevs. */
	simnic_pf_set_num_vfs(pf, 0);
	devl_lock(pf->devlink);
	simnic_pf_down(pf);
	devl_unregister(pf->devlink);
	devl_unlock(pf->devlink);
	simnic_netdev_remove(&pf->uplink, SIMNIC_FAR);
	pci_set_drvdata(pf->pdev, NULL);
	pf_free(pf);
}
