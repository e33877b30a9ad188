// SPDX-License-Identifier: GPL-2.0-only
/* One driver for PFs and VFs, as mlx5_core is. */
#include <linux/pci.h>

#include "netdev.h"
#include "simnic.h"

/*
 * A VF that was just enabled announces itself to its PF's vport. Nothing else is on a VF's own
 * side.
 */
static int vf_probe(struct pci_dev *pdev)
{
	struct simnic_pf *pf = pci_get_drvdata(pci_physfn(pdev));
	struct net_device *dev;
	int id = pci_iov_vf_id(pdev);

	if (!pf || id < 0)
		return -EPROBE_DEFER;
	dev = simnic_netdev_add(&pf->vfs[id], SIMNIC_FAR, &pdev->dev, &init_net);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	pci_set_drvdata(pdev, &pf->vfs[id]);
	return 0;
}

static void vf_remove(struct pci_dev *pdev)
{
	struct simnic_vport *vport = pci_get_drvdata(pdev);

	simnic_netdev_remove(vport, SIMNIC_FAR);
}

static int simnic_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct simnic_card *card;

	if (pdev->is_virtfn)
		return vf_probe(pdev);
	card = simnic_card_of(pdev);
	return card ? PTR_ERR_OR_ZERO(simnic_pf_create(card, pdev)) : -ENODEV;
}

static void simnic_remove(struct pci_dev *pdev)
{
	struct simnic_pf *pf;

	if (pdev->is_virtfn) {
		vf_remove(pdev);
		return;
	}
	pf = pci_get_drvdata(pdev);
	pci_disable_sriov(pdev);
	simnic_pf_destroy(pf);
}

static int simnic_sriov_configure(struct pci_dev *pdev, int num)
{
	struct simnic_pf *pf = pci_get_drvdata(pdev);
	int err;

	if (!num) {
		pci_disable_sriov(pdev);
		return simnic_pf_set_num_vfs(pf, 0);
	}
	/* sriov.c, mlx5_core_sriov_configure: the eswitch's ports first, the VFs after that. */
	err = simnic_pf_set_num_vfs(pf, num);
	if (err)
		return err;
	err = pci_enable_sriov(pdev, num);
	if (err) {
		simnic_pf_set_num_vfs(pf, 0);
		return err;
	}
	return num;
}

static const struct pci_device_id simnic_ids[] = {
	{ PCI_DEVICE(SIMNIC_VENDOR, SIMNIC_PF_DEVICE) },
	{ PCI_DEVICE(SIMNIC_VENDOR, SIMNIC_VF_DEVICE) },
	{},
};

static struct pci_driver simnic_pci_driver = {
	.name = SIMNIC_DRIVER,
	.id_table = simnic_ids,
	.probe = simnic_probe,
	.remove = simnic_remove,
	.sriov_configure = simnic_sriov_configure,
};

int simnic_pci_register(void)
{
	return pci_register_driver(&simnic_pci_driver);
}

void simnic_pci_unregister(void)
{
	pci_unregister_driver(&simnic_pci_driver);
}
