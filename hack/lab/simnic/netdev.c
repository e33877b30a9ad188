// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netdevs on both sides of an eswitch port: representors and uplinks on the host's, VFs and cables
 * on the far side.
 */
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <net/gro.h>

#include "datapath.h"
#include "netdev.h"

#define MAX_MTU		9978	/* mlx5 on Ethernet */
#define RX_QUEUE	4096

static struct net_device __rcu **slot(struct simnic_vport *vport, enum simnic_side side)
{
	return side == SIMNIC_REP ? &vport->rep : &vport->far;
}

static int simnic_poll(struct napi_struct *napi, int budget)
{
	struct simnic_netdev *nd = container_of(napi, struct simnic_netdev, napi);
	struct sk_buff *skb;
	int done = 0;

	while (done < budget && (skb = skb_dequeue(&nd->rxq))) {
		simnic_count(&nd->rx, skb->len);
		/*
		 * Only now does the sender's socket see the packet as sent: TCP's small queues pace
		 * it by what the receiver takes.
		 */
		skb_orphan(skb);
		skb->protocol = eth_type_trans(skb, nd->dev);
		napi_gro_receive(napi, skb);
		done++;
	}
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

/*
 * Hands a frame, data at its Ethernet header, to the stack behind dev. Any context with bottom
 * halves off.
 */
void simnic_netdev_receive(struct net_device *dev, struct sk_buff *skb)
{
	struct simnic_netdev *nd = netdev_priv(dev);
	bool queued = false;

	/*
	 * A packet off the wire is nobody else's: GRO moves fragments out of its skb, which the
	 * sender's TCP may still hold a clone of for retransmission, and mirrored copies share.
	 */
	if (skb_orphan_frags_rx(skb, GFP_ATOMIC) || skb_unclone(skb, GFP_ATOMIC)) {
		atomic64_inc(&nd->rx_dropped);
		kfree_skb(skb);
		return;
	}
	/* What the sending side's stack noted on the packet does not travel over a wire. */
	skb_scrub_packet(skb, true);
	skb_reset_mac_header(skb);
	skb->dev = dev;
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;

	spin_lock(&nd->rxq.lock);
	if (nd->rx_on && skb_queue_len(&nd->rxq) < RX_QUEUE) {
		__skb_queue_tail(&nd->rxq, skb);
		queued = true;
	}
	spin_unlock(&nd->rxq.lock);
	if (!queued) {
		atomic64_inc(&nd->rx_dropped);
		kfree_skb(skb);
		return;
	}
	napi_schedule(&nd->napi);
}

static void set_rx_on(struct simnic_netdev *nd, bool on)
{
	spin_lock_bh(&nd->rxq.lock);
	nd->rx_on = on;
	spin_unlock_bh(&nd->rxq.lock);
}

static int simnic_open(struct net_device *dev)
{
	struct simnic_netdev *nd = netdev_priv(dev);

	napi_enable(&nd->napi);
	set_rx_on(nd, true);
	netif_start_queue(dev);
	return 0;
}

static int simnic_stop(struct net_device *dev)
{
	struct simnic_netdev *nd = netdev_priv(dev);

	netif_stop_queue(dev);
	set_rx_on(nd, false);
	napi_disable(&nd->napi);
	skb_queue_purge(&nd->rxq);
	return 0;
}

static netdev_tx_t rep_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct simnic_netdev *nd = netdev_priv(dev);

	simnic_count(&nd->tx, skb->len);
	simnic_from_rep(nd->vport, skb);
	return NETDEV_TX_OK;
}

/* en_tx.c, mlx5e_sq_xmit_prepare: a big packet counts as the packets that it becomes on the wire. */
static void count_sent(struct simnic_netdev *nd, const struct sk_buff *skb)
{
	unsigned int segments = 1, header = 0;

	if (skb_is_gso(skb) && skb_is_gso_tcp(skb)) {
		segments = max_t(unsigned int, skb_shinfo(skb)->gso_segs, 1);
		header = skb_tcp_all_headers(skb);
	}
	atomic64_add(segments, &nd->tx.packets);
	atomic64_add(skb->len + (segments - 1) * header, &nd->tx.bytes);
}

static netdev_tx_t far_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct simnic_netdev *nd = netdev_priv(dev);

	count_sent(nd, skb);
	simnic_from_far(nd->vport, skb);
	return NETDEV_TX_OK;
}

static void copy_counter(const struct simnic_counter *c, u64 *packets, u64 *bytes)
{
	*packets = atomic64_read(&c->packets);
	*bytes = atomic64_read(&c->bytes);
}

/* What went through the host's CPU, and only that. */
static void software_stats(const struct net_device *dev, struct rtnl_link_stats64 *s)
{
	const struct simnic_netdev *nd = netdev_priv(dev);

	copy_counter(&nd->rx, &s->rx_packets, &s->rx_bytes);
	copy_counter(&nd->tx, &s->tx_packets, &s->tx_bytes);
	s->rx_dropped = atomic64_read(&nd->rx_dropped);
}

/*
 * en_rep.c, mlx5e_rep_get_stats: a representor shows its vport's totals, turned round (what the VF
 * sends, the representor "receives"), hardware and slow path together; en_main.c, mlx5e_get_stats:
 * the uplink representor shows the wire's.
 */
static void rep_stats64(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	struct simnic_netdev *nd = netdev_priv(dev);

	copy_counter(&nd->vport->from_far, &s->rx_packets, &s->rx_bytes);
	copy_counter(&nd->vport->to_far, &s->tx_packets, &s->tx_bytes);
	s->tx_dropped = atomic64_read(&nd->vport->lost);
}

static void far_stats64(struct net_device *dev, struct rtnl_link_stats64 *s)
{
	software_stats(dev, s);
}

/* en_rep.c, mlx5e_rep_has_offload_stats */
static bool rep_has_offload_stats(const struct net_device *dev, int attr)
{
	return attr == IFLA_OFFLOAD_XSTATS_CPU_HIT;
}

static int rep_get_offload_stats(int attr, const struct net_device *dev, void *sp)
{
	if (attr != IFLA_OFFLOAD_XSTATS_CPU_HIT)
		return -EINVAL;
	software_stats(dev, sp);
	return 0;
}

/*
 * en_main.c, set_feature_hw_tc: "Active offloaded tc filters, can't turn
 * hw_tc_offload off", said to the log.
 */
static int rep_set_features(struct net_device *dev, netdev_features_t features)
{
	struct simnic_netdev *nd = netdev_priv(dev);
	struct simnic_pf *pf = nd->vport->pf;
	bool busy;

	if (!((dev->features ^ features) & NETIF_F_HW_TC) || features & NETIF_F_HW_TC)
		return 0;
	mutex_lock(&pf->lock);
	busy = pf->num_rules;
	mutex_unlock(&pf->lock);
	if (!busy)
		return 0;
	netdev_err(dev, "Active offloaded tc filters, can't turn hw_tc_offload off\n");
	return -EINVAL;
}

static int set_mac(struct net_device *dev, void *p)
{
	struct simnic_netdev *nd = netdev_priv(dev);
	int err = eth_mac_addr(dev, p);

	if (!err && nd->side == SIMNIC_FAR && !simnic_is_uplink(nd->vport))
		ether_addr_copy(nd->vport->mac, dev->dev_addr);
	return err;
}

static const struct net_device_ops rep_ops = {
	.ndo_open = simnic_open,
	.ndo_stop = simnic_stop,
	.ndo_start_xmit = rep_xmit,
	.ndo_set_mac_address = set_mac,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_get_stats64 = rep_stats64,
	.ndo_has_offload_stats = rep_has_offload_stats,
	.ndo_get_offload_stats = rep_get_offload_stats,
	.ndo_setup_tc = simnic_rep_setup_tc,
	.ndo_set_features = rep_set_features,
};

static const struct net_device_ops far_ops = {
	.ndo_open = simnic_open,
	.ndo_stop = simnic_stop,
	.ndo_start_xmit = far_xmit,
	.ndo_set_mac_address = set_mac,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_get_stats64 = far_stats64,
};

bool simnic_is_rep(const struct net_device *dev)
{
	return dev->netdev_ops == &rep_ops;
}

bool simnic_is_ours(const struct net_device *dev)
{
	return simnic_is_rep(dev) || dev->netdev_ops == &far_ops;
}

static void set_name(struct net_device *dev, struct simnic_vport *vport, enum simnic_side side)
{
	int pf = vport->pf->number;

	if (simnic_is_uplink(vport))
		snprintf(dev->name, IFNAMSIZ, side == SIMNIC_REP ? "p%d" : "cable%d", pf);
	else
		snprintf(dev->name, IFNAMSIZ, side == SIMNIC_REP ? "pf%dvf%d" : "p%dv%d", pf, vport->vf);
	/* Somebody else has the name: as a udev rule that can't rename. */
	if (netdev_name_in_use(dev_net(dev), dev->name))
		strscpy(dev->name, "eth%d", IFNAMSIZ);
}

/*
 * mlx5 forbids its switchdev uplink and representors to change their namespace other than by a devlink
 * reload. Here they may: that is how a lab makes several nodes of one machine.
 */
static void set_up_rep(struct net_device *dev, struct simnic_vport *vport)
{
	dev->netdev_ops = &rep_ops;
	dev->ethtool_ops = &simnic_rep_ethtool_ops;
	dev->hw_features |= NETIF_F_HW_TC;
	dev->features |= NETIF_F_HW_TC;
	SET_NETDEV_DEVLINK_PORT(dev, &vport->dl_port);
	if (simnic_is_uplink(vport))
		dev->udp_tunnel_nic_info = &simnic_udp_tunnels;
}

static void set_up_far(struct net_device *dev, struct simnic_vport *vport)
{
	dev->netdev_ops = &far_ops;
	dev->ethtool_ops = &simnic_far_ethtool_ops;
	if (simnic_is_uplink(vport))
		return;
	/*
	 * A VF's TSO and checksum engines, so that the stack really hands big packets down; see
	 * simnic_from_far().
	 */
	dev->hw_features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6;
	dev->features |= dev->hw_features;
	dev->vlan_features |= dev->hw_features;
}

struct net_device *simnic_netdev_add(struct simnic_vport *vport, enum simnic_side side, struct device *parent,
				     struct net *net)
{
	struct simnic_netdev *nd;
	struct net_device *dev;
	int err;

	dev = alloc_etherdev(sizeof(*nd));
	if (!dev)
		return ERR_PTR(-ENOMEM);
	nd = netdev_priv(dev);
	nd->dev = dev;
	nd->vport = vport;
	nd->side = side;
	skb_queue_head_init(&nd->rxq);

	dev_net_set(dev, net);
	SET_NETDEV_DEV(dev, parent);
	dev->max_mtu = MAX_MTU;
	/*
	 * The far side's send path runs into other ports' receive queues, never into another
	 * transmit: no queue, no lock of its own.
	 */
	dev->lltx = true;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE;
	/* Room for outer headers, so that most packets need no copy for them. */
	dev->needed_headroom = simnic_default_profile->encap_header;
	if (side == SIMNIC_FAR && !simnic_is_uplink(vport))
		eth_hw_addr_set(dev, vport->mac);
	else
		eth_hw_addr_random(dev);
	if (side == SIMNIC_REP)
		set_up_rep(dev, vport);
	else
		set_up_far(dev, vport);
	netif_napi_add(dev, &nd->napi, simnic_poll);

	netif_carrier_off(dev);
	rtnl_lock();
	set_name(dev, vport, side);
	err = register_netdevice(dev);
	if (!err) {
		rcu_assign_pointer(*slot(vport, side), dev);
		simnic_vport_update_link(vport);
	}
	rtnl_unlock();
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	simnic_object_get(SIMNIC_OBJ_PORTS);
	return dev;
}

void simnic_netdev_remove(struct simnic_vport *vport, enum simnic_side side)
{
	struct net_device *dev;

	rtnl_lock();
	dev = rtnl_dereference(*slot(vport, side));
	if (dev) {
		/*
		 * unregister_netdevice() waits for all that run under RCU: nobody enqueues to the
		 * netdev afterwards.
		 */
		mutex_lock(&vport->pf->lock);
		RCU_INIT_POINTER(*slot(vport, side), NULL);
		mutex_unlock(&vport->pf->lock);
		simnic_vport_update_link(vport);
		unregister_netdevice(dev);
	}
	rtnl_unlock();
	if (!dev)
		return;
	free_netdev(dev);
	simnic_object_put(SIMNIC_OBJ_PORTS);
}
