/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIMNIC_ENCAP_H
#define SIMNIC_ENCAP_H

#include <linux/refcount.h>
#include <net/ip_tunnels.h>

#include "key.h"

/*
 * Outer headers as the hardware got them; lengths, checksum and UDP source port it fills in per
 * packet.
 */
struct simnic_header {
	struct rcu_head rcu;
	u16 length;
	u8 ip_version;
	u8 ip_at;		/* offset of the IP header: behind Ethernet, and a VLAN tag if there is one */
	u8 bytes[];
};

/*
 * One tunnel with its options: shared by all rules of a PF that send into it (en/tc_tun_encap.c,
 * mlx5e_encap_get).
 */
struct simnic_encap {
	struct list_head list;		/* pf->encaps */
	struct rcu_head rcu;
	struct simnic_pf *pf;
	struct simnic_int_port *int_port;	/* the route's device; NULL: out of the uplink */
	refcount_t users;		/* rules, and work under way */
	unsigned int rules;		/* under pf->lock; 0: dead */
	enum simnic_tunnel tunnel;
	struct ip_tunnel_info *info;	/* TC's, with options behind it */
	struct simnic_header *draft;	/* complete but for the Ethernet addresses; under pf->lock */
	struct simnic_header __rcu *header;	/* in hardware; NULL: no valid neighbour, slow path */

	/* The neighbour, by value: a reference would keep its netdev from going away. */
	struct list_head by_neighbour;
	const struct net *net;		/* compared, never followed */
	int route_ifindex;		/* whose MAC address is the outer source */
	int neigh_ifindex;
	int family;
	union { struct in_addr v4; struct in6_addr v6; } next_hop;

	struct delayed_work neigh_work;	/* what the neighbour told, not yet in hardware */
	bool told_valid;
	u8 told_mac[ETH_ALEN];

	unsigned long reported_use;	/* jiffies of the last report to the neighbour table */
};

/* Where a tunnel's outer packets go, as routing and the neighbour table say now. */
struct simnic_route {
	int ifindex;			/* the route's device */
	bool ovs_port;			/* and that is an OVS internal port */
	u8 src_mac[ETH_ALEN];
	__be16 vlan_tpid;
	u16 vlan_id;
	u8 ttl;
	int neigh_ifindex;
	struct neighbour *neigh;
};

struct simnic_encap *simnic_encap_get(struct simnic_pf *pf, struct net_device *tunnel_dev,
				      const struct ip_tunnel_info *info, struct netlink_ext_ack *extack);
void simnic_encap_put(struct simnic_encap *encap);
void simnic_encap_unref(struct simnic_encap *encap);
void simnic_encap_set_neighbour(struct simnic_encap *encap, bool valid, const u8 *mac);
bool simnic_encap_push(struct sk_buff *skb, const struct simnic_header *header);
enum simnic_tunnel simnic_tunnel_of(const struct net_device *dev);

/* encap_route.c */
int simnic_route_ipv4(struct simnic_pf *pf, struct net_device *tunnel_dev, const struct ip_tunnel_key *key,
		      struct simnic_route *route);
int simnic_route_ipv6(struct simnic_pf *pf, struct net_device *tunnel_dev, const struct ip_tunnel_key *key,
		      struct simnic_route *route);
void simnic_route_release(struct simnic_route *route);

/* neighbour.c */
void simnic_neighbour_watch(struct simnic_encap *encap);
void simnic_neighbour_unwatch(struct simnic_encap *encap);
void simnic_neighbour_keep_fresh(struct simnic_encap *encap);
void simnic_neighbour_work(struct work_struct *work);

/* meter.c */
struct simnic_meter *simnic_meter_get(struct simnic_pf *pf, const struct flow_action_entry *act);
void simnic_meter_put(struct simnic_meter *meter);
bool simnic_meter_conforms(struct simnic_meter *meter, unsigned int bytes);

#endif
