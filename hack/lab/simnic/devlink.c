// SPDX-License-Identifier: GPL-2.0-only
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>

#include "netdev.h"

static struct simnic_pf *to_pf(struct devlink *devlink)
{
	return devlink_priv(devlink);
}

static int info_get(struct devlink *devlink, struct devlink_info_req *req, struct netlink_ext_ack *extack)
{
	struct simnic_pf *pf = to_pf(devlink);
	char serial[24];
	int err;

	snprintf(serial, sizeof(serial), "SIM%02X", SIMNIC_FIRST_BUS + pf->card->index);
	err = devlink_info_serial_number_put(req, serial);
	if (!err)
		err = devlink_info_version_fixed_put(req, DEVLINK_INFO_VERSION_GENERIC_BOARD_ID, SIMNIC_BOARD_ID);
	if (!err)
		err = devlink_info_version_fixed_put(req, "fw.psid", SIMNIC_BOARD_ID);
	if (!err)
		err = devlink_info_version_running_put(req, "fw.version", SIMNIC_FW_VERSION);
	if (!err)
		err = devlink_info_version_running_put(req, DEVLINK_INFO_VERSION_GENERIC_FW, SIMNIC_FW_VERSION);
	if (!err)
		err = devlink_info_version_stored_put(req, "fw.version", SIMNIC_FW_VERSION);
	return err ?: devlink_info_version_stored_put(req, DEVLINK_INFO_VERSION_GENERIC_FW, SIMNIC_FW_VERSION);
}

static int mode_get(struct devlink *devlink, u16 *mode)
{
	*mode = to_pf(devlink)->mode;
	return 0;
}

static int mode_set(struct devlink *devlink, u16 mode, struct netlink_ext_ack *extack)
{
	return simnic_eswitch_set_mode(to_pf(devlink), mode, extack);
}

static int inline_mode_get(struct devlink *devlink, u8 *mode)
{
	*mode = to_pf(devlink)->inline_mode;
	return 0;
}

/* eswitch_offloads.c, mlx5_devlink_eswitch_inline_mode_set */
static int inline_mode_set(struct devlink *devlink, u8 mode, struct netlink_ext_ack *extack)
{
	struct simnic_pf *pf = to_pf(devlink);
	int err = 0;

	mutex_lock(&pf->lock);
	if (!pf->profile->inline_settable) {
		if (mode != DEVLINK_ESWITCH_INLINE_MODE_NONE) {
			NL_SET_ERR_MSG_MOD(extack, "Inline mode can't be set");
			err = -EOPNOTSUPP;
		}
	} else if (pf->num_rules) {
		NL_SET_ERR_MSG_MOD(extack, "Can't set inline mode when flows are configured");
		err = -EOPNOTSUPP;
	} else {
		pf->inline_mode = mode;
	}
	mutex_unlock(&pf->lock);
	return err;
}

static int encap_mode_get(struct devlink *devlink, enum devlink_eswitch_encap_mode *mode)
{
	*mode = to_pf(devlink)->encap_mode;
	return 0;
}

/* eswitch_offloads.c, mlx5_devlink_eswitch_encap_mode_set */
static int encap_mode_set(struct devlink *devlink, enum devlink_eswitch_encap_mode mode, struct netlink_ext_ack *extack)
{
	struct simnic_pf *pf = to_pf(devlink);
	int err = 0;

	mutex_lock(&pf->lock);
	if (mode != DEVLINK_ESWITCH_ENCAP_MODE_NONE && !pf->profile->encap) {
		err = -EOPNOTSUPP;
	} else if (mode != pf->encap_mode && pf->num_rules) {
		NL_SET_ERR_MSG_MOD(extack, "Can't set encapsulation when flows are configured");
		err = -EOPNOTSUPP;
	} else {
		pf->encap_mode = mode;
	}
	mutex_unlock(&pf->lock);
	return err;
}

/* devlink.c, mlx5_devlink_reload_down */
static int reload_down(struct devlink *devlink, bool netns_change, enum devlink_reload_action action,
		       enum devlink_reload_limit limit, struct netlink_ext_ack *extack)
{
	struct simnic_pf *pf = to_pf(devlink);

	if (pf->num_vfs)
		NL_SET_ERR_MSG_MOD(extack, "reload while VFs are present is unfavorable");
	simnic_pf_down(pf);
	return 0;
}

static int reload_up(struct devlink *devlink, enum devlink_reload_action action, enum devlink_reload_limit limit,
		     u32 *actions_performed, struct netlink_ext_ack *extack)
{
	*actions_performed = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT);
	return simnic_pf_up(to_pf(devlink));
}

const struct devlink_ops simnic_devlink_ops = {
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT),
	.reload_down = reload_down,
	.reload_up = reload_up,
	.info_get = info_get,
	.eswitch_mode_get = mode_get,
	.eswitch_mode_set = mode_set,
	.eswitch_inline_mode_get = inline_mode_get,
	.eswitch_inline_mode_set = inline_mode_set,
	.eswitch_encap_mode_get = encap_mode_get,
	.eswitch_encap_mode_set = encap_mode_set,
};

static struct simnic_vport *to_vport(struct devlink_port *port)
{
	return container_of(port, struct simnic_vport, dl_port);
}

static int hw_addr_get(struct devlink_port *port, u8 *addr, int *len, struct netlink_ext_ack *extack)
{
	ether_addr_copy(addr, to_vport(port)->mac);
	*len = ETH_ALEN;
	return 0;
}

/* The VF's driver learns of it at once, as if it had been bound anew. */
static int hw_addr_set(struct devlink_port *port, const u8 *addr, int len, struct netlink_ext_ack *extack)
{
	struct simnic_vport *vport = to_vport(port);
	struct sockaddr sa = { .sa_family = ARPHRD_ETHER };
	struct net_device *far;
	int err = 0;

	if (len != ETH_ALEN || !is_valid_ether_addr(addr))
		return -EINVAL;
	rtnl_lock();
	far = rtnl_dereference(vport->far);
	if (far) {
		ether_addr_copy(sa.sa_data, addr);
		err = dev_set_mac_address(far, &sa, extack);
	}
	if (!err)
		ether_addr_copy(vport->mac, addr);
	rtnl_unlock();
	return err;
}

static const struct devlink_port_ops uplink_port_ops = {};

static const struct devlink_port_ops vf_port_ops = {
	.port_fn_hw_addr_get = hw_addr_get,
	.port_fn_hw_addr_set = hw_addr_set,
};

/* Port numbers are vport numbers, as mlx5's are: the uplink is 0xffff, VF n is n + 1. */
int simnic_devlink_port_add(struct simnic_vport *vport)
{
	struct simnic_pf *pf = vport->pf;
	struct devlink_port_attrs attrs = {};
	struct devlink_port *port = &vport->dl_port;

	memset(port, 0, sizeof(*port));
	if (simnic_is_uplink(vport)) {
		attrs.flavour = DEVLINK_PORT_FLAVOUR_PHYSICAL;
		attrs.phys.port_number = pf->func;
		attrs.switch_id = pf->card->switch_id;
		devlink_port_attrs_set(port, &attrs);
		return devl_port_register_with_ops(pf->devlink, port, 0xffff, &uplink_port_ops);
	}
	port->attrs.switch_id = pf->card->switch_id;
	devlink_port_attrs_pci_vf_set(port, 0, pf->func, vport->vf, false);
	return devl_port_register_with_ops(pf->devlink, port, vport->vf + 1, &vf_port_ops);
}

void simnic_devlink_port_remove(struct simnic_vport *vport)
{
	devl_port_unregister(&vport->dl_port);
}
