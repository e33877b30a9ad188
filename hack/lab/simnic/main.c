// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/random.h>

#include "netdev.h"

static int nics[SIMNIC_MAX_CARDS];
static int num_nics;
module_param_array(nics, int, &num_nics, 0444);
MODULE_PARM_DESC(nics, "PFs of each card, one number (1 or 2) per card");

int simnic_total_vfs = 8;
module_param_named(total_vfs, simnic_total_vfs, int, 0444);
MODULE_PARM_DESC(total_vfs, "VFs a PF can have (1 to 64)");

static char *profile = "full";
module_param(profile, charp, 0444);
MODULE_PARM_DESC(profile, "what the NICs can do; per PF in debugfs");

unsigned int simnic_max_delay_ms = 1000;
module_param_named(max_delay_ms, simnic_max_delay_ms, uint, 0644);
MODULE_PARM_DESC(max_delay_ms, "counters and neighbour work are late by a random time of up to this");

const struct simnic_profile *simnic_default_profile;

static struct simnic_card cards[SIMNIC_MAX_CARDS];

struct simnic_card *simnic_card_of(struct pci_dev *pdev)
{
	int index = pdev->bus->number - SIMNIC_FIRST_BUS;

	return pci_domain_nr(pdev->bus) == 0 && index >= 0 && index < num_nics ? &cards[index] : NULL;
}

static const char * const object_names[SIMNIC_OBJ_COUNT] = {
	[SIMNIC_OBJ_RULES] = "rules",
	[SIMNIC_OBJ_GROUPS] = "groups",
	[SIMNIC_OBJ_ENCAPS] = "encaps",
	[SIMNIC_OBJ_DECAPS] = "decaps",
	[SIMNIC_OBJ_INT_PORTS] = "int_ports",
	[SIMNIC_OBJ_METERS] = "meters",
	[SIMNIC_OBJ_BLOCKS] = "blocks",
	[SIMNIC_OBJ_PORTS] = "ports",
	[SIMNIC_OBJ_WORKS] = "works",
};

static atomic_t objects[SIMNIC_OBJ_COUNT];

void simnic_object_get(enum simnic_object object)
{
	atomic_inc(&objects[object]);
}

void simnic_object_put(enum simnic_object object)
{
	atomic_dec(&objects[object]);
}

int simnic_objects_print(char *buf, size_t size)
{
	int i, len = 0;

	for (i = 0; i < SIMNIC_OBJ_COUNT; i++)
		len += scnprintf(buf + len, size - len, "%s%s=%d", i ? " " : "", object_names[i],
				 atomic_read(&objects[i]));
	return len;
}

/*
 * Firmware, its counters and the driver's work queues are late by times nobody can know: imitated,
 * else the lab would prove only the lab.
 */
unsigned long simnic_random_delay(void)
{
	unsigned int max = READ_ONCE(simnic_max_delay_ms);

	return max ? msecs_to_jiffies(get_random_u32_below(max) + 1) : 0;
}

static bool objects_left(void)
{
	int i;

	for (i = 0; i < SIMNIC_OBJ_COUNT; i++)
		if (atomic_read(&objects[i]))
			return true;
	return false;
}

static void remove_cards(void)
{
	int i;

	for (i = num_nics - 1; i >= 0; i--)
		simnic_bus_remove(&cards[i]);
}

static int __init simnic_init(void)
{
	int i, err, first_pf = 0;

	simnic_default_profile = simnic_profile_find(profile);
	if (!simnic_default_profile) {
		pr_err("simnic: there is no profile '%s'\n", profile);
		return -EINVAL;
	}
	if (simnic_total_vfs < 1 || simnic_total_vfs > 64)
		return -EINVAL;
	if (!num_nics)
		nics[num_nics++] = 1;
	for (i = 0; i < num_nics; i++) {
		if (nics[i] < 1 || nics[i] > SIMNIC_MAX_CARD_PFS)
			return -EINVAL;
		cards[i].index = i;
		cards[i].num_pfs = nics[i];
		cards[i].first_pf = first_pf;
		first_pf += nics[i];
	}

	simnic_debugfs_init();
	err = simnic_neighbour_init();
	if (err)
		goto err_debugfs;
	err = simnic_link_init();
	if (err)
		goto err_neighbour;
	err = simnic_pci_register();
	if (err)
		goto err_link;
	for (i = 0; i < num_nics; i++) {
		err = simnic_bus_add(&cards[i]);
		if (err)
			goto err_cards;
	}
	return 0;

err_cards:
	remove_cards();
	simnic_pci_unregister();
err_link:
	simnic_link_exit();
err_neighbour:
	simnic_neighbour_exit();
err_debugfs:
	simnic_debugfs_exit();
	return err;
}

static void __exit simnic_exit(void)
{
	char left[160];

	remove_cards();
	simnic_pci_unregister();
	simnic_link_exit();
	simnic_neighbour_exit();
	simnic_debugfs_exit();
	/*
	 * Rules, groups and encaps are freed after a grace period, by callbacks that live in this
	 * module.
	 */
	rcu_barrier();
	simnic_objects_print(left, sizeof(left));
	if (objects_left())
		pr_err("simnic: objects left: %s\n", left);
	else
		pr_info("simnic: objects left: %s\n", left);
}

module_init(simnic_init);
module_exit(simnic_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Stand-in for a switchdev SR-IOV NIC");
