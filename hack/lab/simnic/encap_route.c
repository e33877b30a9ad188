// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a tunnel's packets would go: en/tc_tun.c, mlx5e_route_lookup_ipv4_get,
 * mlx5e_route_lookup_ipv6_get, get_route_and_out_devs.
 */
#include <linux/if_vlan.h>
#include <net/inet_ecn.h>
#include <net/ip6_route.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>
#include <net/vxlan.h>

#include "encap.h"
#include "netdev.h"

/*
 * A VXLAN device's own "dev" is the only thing besides addresses and TOS that the look-up sees: no
 * mark, no ports, no protocol.
 */
static int remote_ifindex(struct net_device *tunnel_dev)
{
	const struct vxlan_dev *vxlan = netdev_priv(tunnel_dev);

	return netif_is_vxlan(tunnel_dev) ? vxlan->default_dst.remote_ifindex : 0;
}

/*
 * get_route_and_out_devs: a route out of a device that is not of this card is taken all the same,
 * and the packet sent out of the rule's own uplink, with the other device's source address and
 * neighbour. Out of the same card it must be this PF's uplink, or a VLAN on the card; the other
 * port of a dual-port card is refused, without a text.
 */
static int check_route_device(struct simnic_pf *pf, struct net_device *dev)
{
	struct net_device *uplink, *real = is_vlan_dev(dev) ? vlan_dev_real_dev(dev) : dev;
	int err = 0;

	rcu_read_lock();
	uplink = rcu_dereference(pf->uplink.rep);
	if (!uplink)
		err = -EOPNOTSUPP;
	else if (netdev_port_same_parent_id(uplink, real) && !is_vlan_dev(dev) &&
		 !netif_is_ovs_master(dev) && dev != uplink)
		err = -EOPNOTSUPP;
	rcu_read_unlock();
	return err;
}

static int fill_route(struct simnic_pf *pf, struct dst_entry *dst, const void *daddr, struct simnic_route *route)
{
	struct net_device *dev = dst->dev;
	int err = check_route_device(pf, dev);

	if (err)
		return err;
	route->neigh = dst_neigh_lookup(dst, daddr);
	if (!route->neigh)
		return -ENOMEM;
	route->ifindex = dev->ifindex;
	route->ovs_port = netif_is_ovs_master(dev);
	route->neigh_ifindex = route->neigh->dev->ifindex;
	ether_addr_copy(route->src_mac, dev->dev_addr);
	route->vlan_tpid = is_vlan_dev(dev) ? vlan_dev_vlan_proto(dev) : 0;
	route->vlan_id = is_vlan_dev(dev) ? vlan_dev_vlan_id(dev) : 0;
	return 0;
}

int simnic_route_ipv4(struct simnic_pf *pf, struct net_device *tunnel_dev, const struct ip_tunnel_key *key,
		      struct simnic_route *route)
{
	struct flowi4 fl4 = {
		.flowi4_oif = remote_ifindex(tunnel_dev),
		.flowi4_tos = key->tos & ~INET_ECN_MASK,
		.saddr = key->u.ipv4.src,
		.daddr = key->u.ipv4.dst,
	};
	struct rtable *rt;
	int err;

	rt = ip_route_output_key(dev_net(tunnel_dev), &fl4);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	/* A local destination ends here, without a text: the other NIC of the same node. */
	err = rt->rt_type == RTN_UNICAST ? fill_route(pf, &rt->dst, &fl4.daddr, route) : -ENETUNREACH;
	if (!err)
		route->ttl = key->ttl ?: ip4_dst_hoplimit(&rt->dst);
	ip_rt_put(rt);
	return err;
}

int simnic_route_ipv6(struct simnic_pf *pf, struct net_device *tunnel_dev, const struct ip_tunnel_key *key,
		      struct simnic_route *route)
{
	struct flowi6 fl6 = {
		.flowi6_oif = remote_ifindex(tunnel_dev),
		.flowlabel = ip6_make_flowinfo(key->tos, key->label),
		.saddr = key->u.ipv6.src,
		.daddr = key->u.ipv6.dst,
	};
	struct dst_entry *dst;
	int err;

	dst = ipv6_stub->ipv6_dst_lookup_flow(dev_net(tunnel_dev), NULL, &fl6, NULL);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	/* The route's type is not looked at here, other than with IPv4. */
	err = fill_route(pf, dst, &fl6.daddr, route);
	if (!err)
		route->ttl = key->ttl ?: ip6_dst_hoplimit(dst);
	dst_release(dst);
	return err;
}

void simnic_route_release(struct simnic_route *route)
{
	neigh_release(route->neigh);
}
