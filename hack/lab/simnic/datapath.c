// SPDX-License-Identifier: GPL-2.0-only
/* The way of a packet: in at a port, through the tables, out at a port or to the host. */
#include <linux/if_vlan.h>
#include <net/gso.h>

#include "datapath.h"
#include "int_port.h"
#include "netdev.h"
#include "rule.h"

#define MAX_LOOKUPS 32	/* a loop of gotos ends there, as hardware's tables do */
#define MAX_DEPTH 4	/* a loop of internal ports */

static bool too_long(const struct sk_buff *skb, const struct net_device *dev)
{
	const struct ethhdr *eth = (const void *)skb->data;
	unsigned int header = eth_type_vlan(eth->h_proto) ? VLAN_ETH_HLEN : ETH_HLEN;

	return skb->len > READ_ONCE(dev->mtu) + header;
}

static void lose(struct simnic_vport *vport, struct sk_buff *skb)
{
	atomic64_inc(&vport->lost);
	kfree_skb(skb);
}

/*
 * Out of the eswitch. What the port can't carry is dropped and counted: hardware sends no
 * fragmentation message.
 */
void simnic_output(struct simnic_vport *vport, struct sk_buff *skb)
{
	struct net_device *far = rcu_dereference(vport->far);
	struct net_device *limit = simnic_is_uplink(vport) ? rcu_dereference(vport->rep) : far;

	if (!far || !limit || !simnic_vport_link_up(vport) || too_long(skb, limit)) {
		lose(vport, skb);
		return;
	}
	simnic_count(&vport->to_far, skb->len);
	simnic_netdev_receive(far, skb);
}

/* The slow path. */
void simnic_to_host(struct simnic_vport *vport, struct sk_buff *skb)
{
	struct net_device *rep = rcu_dereference(vport->rep);

	if (vport->vf == SIMNIC_INT_PORT)
		simnic_int_port_to_host(vport, skb);
	else if (rep)
		simnic_netdev_receive(rep, skb);
	else
		kfree_skb(skb);
}

static void miss(struct simnic_packet *packet)
{
	struct sk_buff *skb = packet->skb;

	if (packet->original) {
		consume_skb(packet->skb);
		skb = packet->original;
	}
	simnic_to_host(packet->vport, skb);
}

static bool parse(struct simnic_packet *packet)
{
	if (!simnic_key_parse(packet->skb, 0, &packet->plain))
		return false;
	/* A VF's tunnels are its own affair. */
	if (packet->vport->vf >= 0 || !atomic_read(&packet->pf->tunnel_rules))
		return true;
	if (!simnic_key_parse_tunnel(packet->pf, packet->skb, &packet->tunnel, &packet->outer))
		packet->outer.tunnel = SIMNIC_NO_TUNNEL;
	return true;
}

static void classify(struct simnic_packet *packet)
{
	struct simnic_pf *pf = packet->pf;
	struct simnic_rule *rule;
	u32 chain = 0;
	int lookups;

	if (!READ_ONCE(pf->faults.carry) || !parse(packet))
		goto missed;
	for (lookups = 0; lookups < MAX_LOOKUPS; lookups++) {
		rule = simnic_table_lookup(packet->vport, chain, &packet->plain, &packet->tunnel, packet->outer.tunnel);
		/*
		 * en_tc.c, mlx5e_tc_offload_to_slow_path: without its outer header the rule is a
		 * way to the host, and has no counter.
		 */
		if (!rule || READ_ONCE(rule->slow))
			goto missed;
		atomic64_inc(&pf->table_hits);
		simnic_count(&rule->hits, packet->skb->len);
		WRITE_ONCE(rule->last_used, jiffies);
		switch (simnic_execute(packet, rule, &chain)) {
		case SIMNIC_TO_HOST:
			consume_skb(packet->original);
			simnic_to_host(packet->vport, packet->skb);
			return;
		case SIMNIC_DONE:
			consume_skb(packet->original);
			return;
		case SIMNIC_GO_ON:
			break;
		}
	}
missed:
	atomic64_inc(&pf->table_misses);
	miss(packet);
}

/*
 * Into the tables once more: en_tc.c, mlx5e_set_fwd_to_int_port_actions, "Forward to root fdb for
 * matching against the new source vport".
 */
void simnic_from_int_port(struct simnic_int_port *port, struct sk_buff *skb, unsigned int depth)
{
	struct simnic_packet packet = { .pf = port->vport.pf, .vport = &port->vport, .skb = skb, .depth = depth + 1 };

	if (packet.depth > MAX_DEPTH)
		kfree_skb(skb);
	else
		classify(&packet);
}

/* One frame, as long as it is on the wire and with right checksums. */
static void receive(struct simnic_vport *vport, struct sk_buff *skb)
{
	struct simnic_packet packet = { .pf = vport->pf, .vport = vport, .skb = skb };

	if (simnic_is_uplink(vport) && !simnic_vport_link_up(vport)) {
		lose(vport, skb);
		return;
	}
	simnic_count(&vport->from_far, skb->len);
	if (READ_ONCE(vport->pf->mode) == DEVLINK_ESWITCH_MODE_LEGACY)
		simnic_legacy_from_far(vport, skb);
	else
		classify(&packet);
}

/*
 * From a VF or the cable. A VF's NIC cuts big packets and fills in checksums before its eswitch
 * sees them.
 */
void simnic_from_far(struct simnic_vport *vport, struct sk_buff *skb)
{
	struct sk_buff *segments, *next;

	if (skb_is_gso(skb)) {
		segments = skb_gso_segment(skb, 0);
		if (IS_ERR(segments)) {
			lose(vport, skb);
			return;
		}
		if (segments) {
			consume_skb(skb);
			skb_list_walk_safe(segments, skb, next) {
				skb_mark_not_on_list(skb);
				receive(vport, skb);
			}
			return;
		}
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb)) {
		lose(vport, skb);
		return;
	}
	receive(vport, skb);
}

/* From a representor to what it stands for, past the tables. */
void simnic_from_rep(struct simnic_vport *vport, struct sk_buff *skb)
{
	if (simnic_is_uplink(vport) && READ_ONCE(vport->pf->mode) == DEVLINK_ESWITCH_MODE_LEGACY)
		simnic_legacy_from_pf(vport->pf, skb);
	else
		simnic_output(vport, skb);
}
