// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ethtool.h>

#include "netdev.h"

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct simnic_netdev *nd = netdev_priv(dev);
	struct device *parent = dev->dev.parent;

	strscpy(info->driver, SIMNIC_DRIVER, sizeof(info->driver));
	strscpy(info->fw_version, SIMNIC_FW_VERSION " (" SIMNIC_BOARD_ID ")", sizeof(info->fw_version));
	/*
	 * en_rep.c, mlx5e_rep_get_drvinfo: a representor's bus is the PF's. The cable's far end is
	 * nobody's device.
	 */
	if (nd->side == SIMNIC_REP)
		parent = &nd->vport->pf->pdev->dev;
	strscpy(info->bus_info, parent ? dev_name(parent) : "", sizeof(info->bus_info));
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	ethtool_link_ksettings_zero_link_mode(settings, supported);
	settings->base.port = PORT_OTHER;
	settings->base.duplex = DUPLEX_FULL;
	settings->base.speed = netif_carrier_ok(dev) ? SPEED_100000 : SPEED_UNKNOWN;
	return 0;
}

/*
 * Names as mlx5 prints them for representors (en_rep.c, vport_rep_stats_desc) and for the port
 * (en_stats.c, pport_802_3_stats_desc).
 */
static const char vport_names[][ETH_GSTRING_LEN] = {
	"vport_rx_packets", "vport_rx_bytes", "vport_tx_packets", "vport_tx_bytes", "vport_lost_packets",
	"rx_packets", "rx_bytes", "tx_packets", "tx_bytes",
};

static const char uplink_names[][ETH_GSTRING_LEN] = {
	"rx_packets_phy", "rx_bytes_phy", "tx_packets_phy", "tx_bytes_phy",
	"tc_rules", "tc_table_hits", "tc_table_misses",
};

static int get_sset_count(struct net_device *dev, int set)
{
	struct simnic_netdev *nd = netdev_priv(dev);

	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return ARRAY_SIZE(vport_names) + (simnic_is_uplink(nd->vport) ? ARRAY_SIZE(uplink_names) : 0);
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	struct simnic_netdev *nd = netdev_priv(dev);

	if (set != ETH_SS_STATS)
		return;
	memcpy(data, vport_names, sizeof(vport_names));
	if (simnic_is_uplink(nd->vport))
		memcpy(data + sizeof(vport_names), uplink_names, sizeof(uplink_names));
}

static u64 *put_counter(u64 *data, const struct simnic_counter *c)
{
	*data++ = atomic64_read(&c->packets);
	*data++ = atomic64_read(&c->bytes);
	return data;
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct simnic_netdev *nd = netdev_priv(dev);
	struct simnic_vport *vport = nd->vport;
	struct simnic_pf *pf = vport->pf;

	/* A representor's view: received is what its function sent. */
	data = put_counter(data, &vport->from_far);
	data = put_counter(data, &vport->to_far);
	*data++ = atomic64_read(&vport->lost);
	data = put_counter(data, &nd->rx);
	data = put_counter(data, &nd->tx);
	if (!simnic_is_uplink(vport))
		return;
	/* Nothing but the wire is behind the uplink. */
	data = put_counter(data, &vport->from_far);
	data = put_counter(data, &vport->to_far);
	*data++ = READ_ONCE(pf->num_rules);
	*data++ = atomic64_read(&pf->table_hits);
	*data++ = atomic64_read(&pf->table_misses);
}

const struct ethtool_ops simnic_rep_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
};

const struct ethtool_ops simnic_far_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
};
