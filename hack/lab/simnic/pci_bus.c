// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PCI root bus per card, with a configuration space in memory, so that the kernel's own code
 * makes PCI addresses, SR-IOV sysfs, virtfn/physfn links and VF binding, and discovery is the same
 * code as for a real NIC.
 */
#include <linux/pci.h>
#include <linux/slab.h>

#include <asm/pci.h>

#include "simnic.h"

#define CONFIG_SIZE	4096
#define PCIE_CAP	0x40
#define SRIOV_CAP	PCI_CFG_SPACE_SIZE

struct simnic_bus {
	struct pci_sysdata sysdata;	/* pci_bus->sysdata: asm/pci.h takes it for its own struct */
	struct resource numbers;
	int num_pfs;
	u8 pf[SIMNIC_MAX_CARD_PFS][CONFIG_SIZE];
	u8 vf[CONFIG_SIZE];
	u16 vf_command[256];
};

static struct simnic_bus *to_simnic_bus(struct pci_bus *bus)
{
	return container_of((struct pci_sysdata *)bus->sysdata, struct simnic_bus, sysdata);
}

static u16 get16(const u8 *config, int where)
{
	return config[where] | config[where + 1] << 8;
}

static void put16(u8 *config, int where, u16 value)
{
	config[where] = value;
	config[where + 1] = value >> 8;
}

static void put32(u8 *config, int where, u32 value)
{
	put16(config, where, value);
	put16(config, where + 2, value >> 16);
}

static int first_vf(int num_pfs, int func)
{
	return num_pfs + func * simnic_total_vfs;
}

static bool vf_exists(const struct simnic_bus *sbus, unsigned int devfn)
{
	int func, first, enabled;

	for (func = 0; func < sbus->num_pfs; func++) {
		const u8 *sriov = sbus->pf[func] + SRIOV_CAP;

		first = first_vf(sbus->num_pfs, func);
		enabled = get16(sriov, PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_VFE ? get16(sriov, PCI_SRIOV_NUM_VF) : 0;
		if (devfn >= first && devfn < first + enabled)
			return true;
	}
	return false;
}

static int bus_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct simnic_bus *sbus = to_simnic_bus(bus);
	u8 scratch[4];
	const u8 *at;

	if (devfn < sbus->num_pfs) {
		at = sbus->pf[devfn] + where;
	} else if (vf_exists(sbus, devfn)) {
		at = sbus->vf + where;
		if (where == PCI_COMMAND) {
			put32(scratch, 0, get16(at, 2) << 16 | sbus->vf_command[devfn]);
			at = scratch;
		}
	} else {
		*value = ~0;
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	*value = size == 1 ? at[0] : size == 2 ? get16(at, 0) : get16(at, 0) | (u32)get16(at, 2) << 16;
	return PCIBIOS_SUCCESSFUL;
}

/* Registers that the core writes and later expects to read back; all others are read-only. */
static int bus_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct simnic_bus *sbus = to_simnic_bus(bus);

	if (devfn < sbus->num_pfs) {
		u8 *config = sbus->pf[devfn];

		switch (where) {
		case PCI_COMMAND:
		case SRIOV_CAP + PCI_SRIOV_CTRL:
		case SRIOV_CAP + PCI_SRIOV_NUM_VF:
			put16(config, where, value);
			break;
		case SRIOV_CAP + PCI_SRIOV_SYS_PGSIZE:
			put32(config, where, value);
			break;
		}
	} else if (vf_exists(sbus, devfn)) {
		if (where == PCI_COMMAND)
			sbus->vf_command[devfn] = value;
	} else {
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops bus_ops = { .read = bus_read, .write = bus_write };

static void fill_header(u8 *config, u16 vendor, u16 device, bool multifunction)
{
	put16(config, PCI_VENDOR_ID, vendor);
	put16(config, PCI_DEVICE_ID, device);
	put16(config, PCI_STATUS, PCI_STATUS_CAP_LIST);
	put16(config, PCI_CLASS_DEVICE, PCI_CLASS_NETWORK_ETHERNET);
	config[PCI_HEADER_TYPE] = multifunction ? PCI_HEADER_TYPE_MFD : 0;
	put16(config, PCI_SUBSYSTEM_VENDOR_ID, SIMNIC_VENDOR);
	put16(config, PCI_SUBSYSTEM_ID, 1);
	config[PCI_CAPABILITY_LIST] = PCIE_CAP;
	config[PCIE_CAP] = PCI_CAP_ID_EXP;
	put16(config, PCIE_CAP + PCI_EXP_FLAGS, 2);
	put32(config, PCIE_CAP + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_FLR);
}

static void fill_sriov(u8 *sriov, int num_pfs, int func)
{
	put32(sriov, 0, PCI_EXT_CAP_ID_SRIOV | 1 << 16);
	put16(sriov, PCI_SRIOV_INITIAL_VF, simnic_total_vfs);
	put16(sriov, PCI_SRIOV_TOTAL_VF, simnic_total_vfs);
	put16(sriov, PCI_SRIOV_VF_OFFSET, first_vf(num_pfs, func) - func);
	put16(sriov, PCI_SRIOV_VF_STRIDE, 1);
	put16(sriov, PCI_SRIOV_VF_DID, SIMNIC_VF_DEVICE);
	put32(sriov, PCI_SRIOV_SUP_PGSIZE, 1);
	put32(sriov, PCI_SRIOV_SYS_PGSIZE, 1);
}

int simnic_bus_add(struct simnic_card *card)
{
	int number = SIMNIC_FIRST_BUS + card->index;
	struct simnic_bus *sbus;
	LIST_HEAD(resources);
	int func;

	if (pci_find_bus(0, number))
		return -EBUSY;
	sbus = kvzalloc(sizeof(*sbus), GFP_KERNEL);
	if (!sbus)
		return -ENOMEM;
	sbus->sysdata.node = NUMA_NO_NODE;
	sbus->num_pfs = card->num_pfs;
	sbus->numbers = (struct resource){
		.name = "simnic bus", .start = number, .end = number, .flags = IORESOURCE_BUS,
	};
	for (func = 0; func < card->num_pfs; func++) {
		fill_header(sbus->pf[func], SIMNIC_VENDOR, SIMNIC_PF_DEVICE, card->num_pfs > 1);
		fill_sriov(sbus->pf[func] + SRIOV_CAP, card->num_pfs, func);
	}
	/* SR-IOV specification, 3.4.1.1: a VF's own vendor and device ID read as all ones. */
	fill_header(sbus->vf, 0xffff, 0xffff, false);

	card->switch_id.id_len = 8;
	memcpy(card->switch_id.id, "sim", 3);
	card->switch_id.id[7] = number;

	pci_add_resource(&resources, &sbus->numbers);
	pci_lock_rescan_remove();
	card->bus = pci_scan_root_bus(NULL, number, &bus_ops, &sbus->sysdata, &resources);
	if (card->bus)
		pci_bus_add_devices(card->bus);
	pci_unlock_rescan_remove();
	if (!card->bus) {
		pci_free_resource_list(&resources);
		kvfree(sbus);
		return -ENOMEM;
	}
	return 0;
}

void simnic_bus_remove(struct simnic_card *card)
{
	struct simnic_bus *sbus;

	if (!card->bus)
		return;
	sbus = to_simnic_bus(card->bus);
	pci_lock_rescan_remove();
	pci_stop_root_bus(card->bus);
	pci_remove_root_bus(card->bus);
	pci_unlock_rescan_remove();
	card->bus = NULL;
	kvfree(sbus);
}
