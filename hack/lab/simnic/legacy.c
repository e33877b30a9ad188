// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legacy mode: the eswitch is a plain layer 2 switch that knows its functions' MAC addresses;
 * everything else is outside.
 */
#include "datapath.h"
#include "netdev.h"

static struct simnic_vport *find_vf(struct simnic_pf *pf, const u8 *mac)
{
	struct net_device *far;
	int i;

	for (i = 0; i < pf->total_vfs; i++) {
		far = rcu_dereference(pf->vfs[i].far);
		if (far && ether_addr_equal(far->dev_addr, mac))
			return &pf->vfs[i];
	}
	return NULL;
}

static void flood_vfs(struct simnic_pf *pf, const struct simnic_vport *from, struct sk_buff *skb)
{
	struct sk_buff *copy;
	int i;

	for (i = 0; i < pf->total_vfs; i++) {
		if (&pf->vfs[i] == from || !rcu_access_pointer(pf->vfs[i].far))
			continue;
		copy = skb_clone(skb, GFP_ATOMIC);
		if (copy)
			simnic_output(&pf->vfs[i], copy);
	}
}

static void output_copy(struct simnic_vport *vport, struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

	if (copy)
		simnic_output(vport, copy);
}

/* From a VF or the wire. */
void simnic_legacy_from_far(struct simnic_vport *vport, struct sk_buff *skb)
{
	const u8 *dst = ((const struct ethhdr *)skb->data)->h_dest;
	struct simnic_pf *pf = vport->pf;
	struct net_device *pf_dev = rcu_dereference(pf->uplink.rep);
	struct simnic_vport *vf;

	if (is_multicast_ether_addr(dst)) {
		flood_vfs(pf, vport, skb);
		if (!simnic_is_uplink(vport))
			output_copy(&pf->uplink, skb);
		simnic_to_host(&pf->uplink, skb);
		return;
	}
	vf = find_vf(pf, dst);
	if (vf && vf != vport)
		simnic_output(vf, skb);
	else if (simnic_is_uplink(vport) || (pf_dev && ether_addr_equal(pf_dev->dev_addr, dst)))
		simnic_to_host(&pf->uplink, skb);
	else
		simnic_output(&pf->uplink, skb);
}

/* From the PF's own netdev. */
void simnic_legacy_from_pf(struct simnic_pf *pf, struct sk_buff *skb)
{
	const u8 *dst = ((const struct ethhdr *)skb->data)->h_dest;
	struct simnic_vport *vf;

	if (is_multicast_ether_addr(dst))
		flood_vfs(pf, NULL, skb);
	vf = find_vf(pf, dst);
	simnic_output(vf ?: &pf->uplink, skb);
}
