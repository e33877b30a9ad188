// SPDX-License-Identifier: GPL-2.0-only
/*
 * OVS internal ports as sources in the eswitch (en/tc/int_port.c). A packet that is sent to one (an
 * encapsulated one whose route goes out of it, or OVS's redirect) enters the tables once more, with
 * that port as its source. What no rule takes there goes to software as if the port itself had it:
 * sent out of it (egress), or received by it (ingress).
 */
#include <linux/slab.h>

#include "datapath.h"
#include "int_port.h"

#define MAX_INT_PORTS 32	/* int_port.h, MLX5E_TC_MAX_INT_PORT_NUM */

static struct simnic_int_port *find(struct simnic_pf *pf, int ifindex, bool egress, unsigned int *count)
{
	struct simnic_int_port *port;

	*count = 0;
	list_for_each_entry(port, &pf->int_ports, list) {
		if (port->ifindex == ifindex && port->egress == egress)
			return port;
		++*count;
	}
	return NULL;
}

/* Under pf->lock. Without a text, whatever is wrong: mlx5e_tc_int_port_get */
struct simnic_int_port *simnic_int_port_get(struct simnic_pf *pf, int ifindex, bool egress)
{
	struct simnic_int_port *port;
	unsigned int count;

	if (!pf->profile->int_port)
		return ERR_PTR(-EOPNOTSUPP);
	port = find(pf, ifindex, egress, &count);
	if (port) {
		port->users++;
		return port;
	}
	if (count >= MAX_INT_PORTS)
		return ERR_PTR(-ENOSPC);
	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->users = 1;
	port->ifindex = ifindex;
	port->egress = egress;
	port->vport.pf = pf;
	port->vport.vf = SIMNIC_INT_PORT;
	INIT_LIST_HEAD(&port->vport.groups);
	list_add(&port->list, &pf->int_ports);
	simnic_object_get(SIMNIC_OBJ_INT_PORTS);
	return port;
}

/* Under pf->lock. Packets under RCU may still be on their way to it. */
void simnic_int_port_put(struct simnic_int_port *port)
{
	if (--port->users)
		return;
	list_del(&port->list);
	kfree_rcu(port, rcu);
	simnic_object_put(SIMNIC_OBJ_INT_PORTS);
}

/*
 * mlx5e_tc_int_port_dev_fwd; en/rep/tc.c, mlx5e_rep_tc_receive. There the port is looked for in the
 * first network namespace only, here in the NIC's own.
 */
void simnic_int_port_to_host(struct simnic_vport *vport, struct sk_buff *skb)
{
	struct simnic_int_port *port = container_of(vport, struct simnic_int_port, vport);
	struct net_device *uplink = rcu_dereference(vport->pf->uplink.rep);
	struct net_device *dev = uplink ? dev_get_by_index_rcu(dev_net(uplink), port->ifindex) : NULL;

	if (!dev) {
		kfree_skb(skb);
		return;
	}
	skb_scrub_packet(skb, true);
	skb_reset_mac_header(skb);
	skb->dev = dev;
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	if (port->egress) {
		skb->protocol = eth_hdr(skb)->h_proto;
		skb_set_network_header(skb, ETH_HLEN);
		dev_queue_xmit(skb);
	} else {
		skb->protocol = eth_type_trans(skb, dev);
		skb->pkt_type = PACKET_HOST;
		netif_rx(skb);
	}
}
