/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIMNIC_NETDEV_H
#define SIMNIC_NETDEV_H

#include "simnic.h"

enum simnic_side {
	SIMNIC_REP,	/* p0, pf0vf3: the host's side of a port */
	SIMNIC_FAR,	/* p0v3, cable0: what is behind it */
};

struct simnic_netdev {
	struct net_device *dev;
	struct simnic_vport *vport;
	enum simnic_side side;
	struct napi_struct napi;
	struct sk_buff_head rxq;
	bool rx_on;			/* under rxq.lock */
	struct simnic_counter rx;	/* to the host's stack */
	struct simnic_counter tx;	/* from the host's stack */
	atomic64_t rx_dropped;
};

struct net_device *simnic_netdev_add(struct simnic_vport *vport, enum simnic_side side, struct device *parent,
				     struct net *net);
void simnic_netdev_remove(struct simnic_vport *vport, enum simnic_side side);
void simnic_netdev_receive(struct net_device *dev, struct sk_buff *skb);
bool simnic_is_rep(const struct net_device *dev);
bool simnic_is_ours(const struct net_device *dev);

/* link.c */
int simnic_link_init(void);
void simnic_link_exit(void);
bool simnic_vport_link_up(struct simnic_vport *vport);
void simnic_vport_update_link(struct simnic_vport *vport);

/* ethtool.c */
extern const struct ethtool_ops simnic_rep_ethtool_ops;
extern const struct ethtool_ops simnic_far_ethtool_ops;

#endif
