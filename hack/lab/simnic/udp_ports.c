// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP ports that the parser takes for tunnels. VXLAN: 4789 always, others as VXLAN devices come
 * (lib/vxlan.c); GENEVE: 6081 only.
 */
#include <net/geneve.h>
#include <net/udp_tunnel.h>
#include <net/vxlan.h>

#include "netdev.h"

enum { VXLAN_TABLE, GENEVE_TABLE };

bool simnic_is_vxlan_port(struct simnic_pf *pf, __be16 port)
{
	int i;

	if (port == htons(IANA_VXLAN_UDP_PORT))
		return true;
	for (i = 0; i < SIMNIC_VXLAN_PORTS; i++)
		if (READ_ONCE(pf->vxlan_ports[i]) == port)
			return port;
	return false;
}

void simnic_udp_ports_reset(struct simnic_pf *pf)
{
	memset(pf->vxlan_ports, 0, sizeof(pf->vxlan_ports));
}

static struct simnic_pf *to_pf(struct net_device *dev)
{
	struct simnic_netdev *nd = netdev_priv(dev);

	return nd->vport->pf;
}

static int set_port(struct net_device *dev, unsigned int table, unsigned int entry, struct udp_tunnel_info *ti)
{
	if (table == GENEVE_TABLE)
		return ti->port == htons(GENEVE_UDP_PORT) ? 0 : -EOPNOTSUPP;
	WRITE_ONCE(to_pf(dev)->vxlan_ports[entry], ti->port);
	return 0;
}

static int unset_port(struct net_device *dev, unsigned int table, unsigned int entry, struct udp_tunnel_info *ti)
{
	if (table == VXLAN_TABLE)
		WRITE_ONCE(to_pf(dev)->vxlan_ports[entry], 0);
	return 0;
}

const struct udp_tunnel_nic_info simnic_udp_tunnels = {
	.set_port = set_port,
	.unset_port = unset_port,
	.flags = UDP_TUNNEL_NIC_INFO_STATIC_IANA_VXLAN,
	.tables = {
		[VXLAN_TABLE] = { .n_entries = SIMNIC_VXLAN_PORTS, .tunnel_types = UDP_TUNNEL_TYPE_VXLAN },
		[GENEVE_TABLE] = { .n_entries = 1, .tunnel_types = UDP_TUNNEL_TYPE_GENEVE },
	},
};
