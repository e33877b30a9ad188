// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outer headers. They are made when the first rule with a tunnel key and options comes, and live
 * until the last one goes: a change of routes in between is not noticed (en/tc_tun_encap.c,
 * mlx5e_attach_encap; mlx5e_tc_fib_event_work follows routes only for VTEPs on VFs and OVS internal
 * ports, see mlx5e_attach_encap_route, which is not imitated). The neighbour is followed, see
 * neighbour.c.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/geneve.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/vxlan.h>

#include "encap.h"
#include "int_port.h"

enum simnic_tunnel simnic_tunnel_of(const struct net_device *dev)
{
	return netif_is_geneve(dev) ? SIMNIC_GENEVE : netif_is_vxlan(dev) ? SIMNIC_VXLAN : SIMNIC_NO_TUNNEL;
}

/*
 * en/tc_tun_encap.c, mlx5e_tc_tun_encap_info_equal_options: the tunnel device does not count, only
 * its kind.
 */
static bool same_tunnel(const struct simnic_encap *encap, enum simnic_tunnel tunnel, const struct ip_tunnel_info *info)
{
	return encap->tunnel == tunnel && !memcmp(&encap->info->key, &info->key, sizeof(info->key)) &&
	       encap->info->options_len == info->options_len &&
	       !memcmp(ip_tunnel_info_opts(encap->info), ip_tunnel_info_opts((struct ip_tunnel_info *)info),
		       info->options_len);
}

static unsigned int tunnel_header_length(const struct simnic_encap *encap)
{
	return sizeof(struct udphdr) + (encap->tunnel == SIMNIC_GENEVE ?
		sizeof(struct genevehdr) + encap->info->options_len : sizeof(struct vxlanhdr));
}

/*
 * en/tc_tun_geneve.c, mlx5e_gen_ip_tunnel_header_geneve; TC never sets the critical bit in a tunnel
 * key, so it is never sent.
 */
static int write_geneve(const struct ip_tunnel_info *info, struct genevehdr *gnv)
{
	u32 vni = be32_to_cpu(tunnel_id_to_key32(info->key.tun_id));

	gnv->opt_len = info->options_len / 4;
	gnv->oam = test_bit(IP_TUNNEL_OAM_BIT, info->key.tun_flags);
	gnv->proto_type = htons(ETH_P_TEB);
	gnv->vni[0] = vni >> 16;
	gnv->vni[1] = vni >> 8;
	gnv->vni[2] = vni;
	if (!test_bit(IP_TUNNEL_GENEVE_OPT_BIT, info->key.tun_flags))
		return 0;
	if (!info->options_len)
		return -EOPNOTSUPP;
	memcpy(gnv->options, ip_tunnel_info_opts((struct ip_tunnel_info *)info), info->options_len);
	return 0;
}

/* en/tc_tun_vxlan.c, mlx5e_gen_ip_tunnel_header_vxlan */
static int write_vxlan(const struct ip_tunnel_info *info, struct vxlanhdr *vxh)
{
	if (test_bit(IP_TUNNEL_VXLAN_OPT_BIT, info->key.tun_flags)) {
		if (info->options_len != sizeof(struct vxlan_metadata))
			return -EOPNOTSUPP;
		vxlan_build_gbp_hdr(vxh, ip_tunnel_info_opts((struct ip_tunnel_info *)info));
	}
	vxh->vx_flags |= VXLAN_HF_VNI;
	vxh->vx_vni = vxlan_vni_field(tunnel_id_to_key32(info->key.tun_id));
	return 0;
}

static u8 *write_ethernet(struct simnic_header *header, const struct simnic_route *route)
{
	struct vlan_ethhdr *eth = (void *)header->bytes;
	__be16 proto = htons(header->ip_version == 4 ? ETH_P_IP : ETH_P_IPV6);

	ether_addr_copy(eth->h_source, route->src_mac);
	if (route->vlan_tpid) {
		eth->h_vlan_proto = route->vlan_tpid;
		eth->h_vlan_TCI = htons(route->vlan_id);
		eth->h_vlan_encapsulated_proto = proto;
	} else {
		eth->h_vlan_proto = proto;
	}
	return header->bytes + header->ip_at;
}

/* A constant TOS, no DF, UDP checksum 0: en/tc_tun.c, mlx5e_tc_tun_create_header_ipv4 and _ipv6. */
static u8 *write_ip(const struct ip_tunnel_key *key, u8 *at, int version, u8 ttl)
{
	struct ipv6hdr *ip6 = (void *)at;
	struct iphdr *ip = (void *)at;

	if (version == 4) {
		ip->version = 4;
		ip->ihl = 5;
		ip->tos = key->tos;
		ip->ttl = ttl;
		ip->protocol = IPPROTO_UDP;
		ip->saddr = key->u.ipv4.src;
		ip->daddr = key->u.ipv4.dst;
		return at + sizeof(*ip);
	}
	ip6_flow_hdr(ip6, key->tos, 0);
	ip6->hop_limit = ttl;
	ip6->nexthdr = IPPROTO_UDP;
	ip6->saddr = key->u.ipv6.src;
	ip6->daddr = key->u.ipv6.dst;
	return at + sizeof(*ip6);
}

static int make_draft(struct simnic_encap *encap, const struct simnic_route *route)
{
	const struct ip_tunnel_info *info = encap->info;
	int version = encap->family == AF_INET ? 4 : 6;
	unsigned int ip_at, length;
	struct simnic_header *header;
	struct udphdr *udp;

	ip_at = route->vlan_tpid ? VLAN_ETH_HLEN : ETH_HLEN;
	length = ip_at + (version == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) + tunnel_header_length(encap);
	if (length > encap->pf->profile->encap_header) {
		dev_warn(&encap->pf->pdev->dev, "encap size %u too big, max supported is %u\n", length,
			 encap->pf->profile->encap_header);
		return -EOPNOTSUPP;
	}
	header = kzalloc(struct_size(header, bytes, length), GFP_KERNEL);
	if (!header)
		return -ENOMEM;
	encap->draft = header;
	header->length = length;
	header->ip_version = version;
	header->ip_at = ip_at;
	udp = (void *)write_ip(&info->key, write_ethernet(header, route), version, route->ttl);
	udp->dest = info->key.tp_dst;
	return encap->tunnel == SIMNIC_GENEVE ? write_geneve(info, (void *)(udp + 1)) :
						write_vxlan(info, (void *)(udp + 1));
}

/* Under pf->lock: what hardware has follows what the neighbour table told. */
void simnic_encap_set_neighbour(struct simnic_encap *encap, bool valid, const u8 *mac)
{
	struct simnic_header *old = rcu_dereference_protected(encap->header, lockdep_is_held(&encap->pf->lock));
	struct ethhdr *eth = (void *)encap->draft->bytes;
	struct simnic_header *new = NULL;

	if (valid && old && ether_addr_equal(((struct ethhdr *)old->bytes)->h_dest, mac))
		return;
	if (valid) {
		ether_addr_copy(eth->h_dest, mac);
		new = kmemdup(encap->draft, struct_size(encap->draft, bytes, encap->draft->length), GFP_KERNEL);
	}
	rcu_assign_pointer(encap->header, new);
	if (old)
		kfree_rcu(old, rcu);
}

/*
 * en/tc_tun_encap.c, mlx5e_set_int_port_tunnel: with the VTEP on an OVS internal port the packet is
 * that port's, and OVS's own rules for its egress say what becomes of it. A NIC that knows no
 * internal ports sends it out of the uplink as it is.
 */
static int attach_int_port(struct simnic_encap *encap, const struct simnic_route *route)
{
	struct simnic_int_port *port;

	if (!route->ovs_port)
		return 0;
	port = simnic_int_port_get(encap->pf, route->ifindex, true);
	if (IS_ERR(port))
		return PTR_ERR(port) == -EOPNOTSUPP ? 0 : PTR_ERR(port);
	encap->int_port = port;
	return 0;
}

static int set_up(struct simnic_encap *encap, struct net_device *tunnel_dev)
{
	struct ip_tunnel_key *key = &encap->info->key;
	struct simnic_route route;
	u8 mac[ETH_ALEN];
	bool valid;
	int err;

	err = encap->family == AF_INET ? simnic_route_ipv4(encap->pf, tunnel_dev, key, &route) :
					 simnic_route_ipv6(encap->pf, tunnel_dev, key, &route);
	if (err)
		return err;
	err = make_draft(encap, &route);
	if (!err)
		err = attach_int_port(encap, &route);
	if (err)
		goto out;
	encap->net = dev_net(tunnel_dev);
	encap->route_ifindex = route.ifindex;
	encap->neigh_ifindex = route.neigh_ifindex;
	memcpy(&encap->next_hop, route.neigh->primary_key, route.neigh->tbl->key_len);
	/* Watched before its state is read, so that no change falls in between. */
	simnic_neighbour_watch(encap);
	read_lock_bh(&route.neigh->lock);
	valid = route.neigh->nud_state & NUD_VALID && !route.neigh->dead;
	ether_addr_copy(mac, route.neigh->ha);
	read_unlock_bh(&route.neigh->lock);
	simnic_encap_set_neighbour(encap, valid, mac);
	if (!valid)
		neigh_event_send(route.neigh, NULL);
out:
	simnic_route_release(&route);
	return err;
}

void simnic_encap_unref(struct simnic_encap *encap)
{
	if (!refcount_dec_and_test(&encap->users))
		return;
	kfree(encap->info);
	kfree(encap->draft);
	kfree(rcu_dereference_protected(encap->header, true));
	kfree_rcu(encap, rcu);
	simnic_object_put(SIMNIC_OBJ_ENCAPS);
}

/*
 * Under pf->lock; a rule's reference. Who reads under RCU may still hold the entry and its header:
 * both go by kfree_rcu.
 */
void simnic_encap_put(struct simnic_encap *encap)
{
	if (--encap->rules)
		return;
	list_del(&encap->list);
	simnic_neighbour_unwatch(encap);
	if (encap->draft)
		simnic_encap_set_neighbour(encap, false, NULL);
	if (encap->int_port)
		simnic_int_port_put(encap->int_port);
	simnic_encap_unref(encap);
}

/* Under pf->lock. A reference for one rule. */
struct simnic_encap *simnic_encap_get(struct simnic_pf *pf, struct net_device *tunnel_dev,
				      const struct ip_tunnel_info *info, struct netlink_ext_ack *extack)
{
	enum simnic_tunnel tunnel = simnic_tunnel_of(tunnel_dev);
	struct simnic_encap *encap;
	int err;

	if (!tunnel) {
		NL_SET_ERR_MSG_MOD(extack, "Unsupported tunnel");
		return ERR_PTR(-EOPNOTSUPP);
	}
	list_for_each_entry(encap, &pf->encaps, list) {
		if (same_tunnel(encap, tunnel, info)) {
			encap->rules++;
			return encap;
		}
	}
	/* en/tc_tun_vxlan.c, mlx5e_tc_tun_init_encap_attr_vxlan */
	if (tunnel == SIMNIC_VXLAN && !simnic_is_vxlan_port(pf, info->key.tp_dst)) {
		NL_SET_ERR_MSG_MOD(extack, "vxlan udp dport was not registered with the HW");
		return ERR_PTR(-EOPNOTSUPP);
	}
	/* Firmware refuses to make a reformat object; there is no text. */
	if (!pf->profile->encap || pf->encap_mode == DEVLINK_ESWITCH_ENCAP_MODE_NONE)
		return ERR_PTR(-EOPNOTSUPP);
	encap = kzalloc(sizeof(*encap), GFP_KERNEL);
	if (!encap)
		return ERR_PTR(-ENOMEM);
	encap->pf = pf;
	encap->tunnel = tunnel;
	encap->family = ip_tunnel_info_af(info);
	encap->rules = 1;
	encap->reported_use = jiffies;
	refcount_set(&encap->users, 1);
	INIT_LIST_HEAD(&encap->by_neighbour);
	INIT_DELAYED_WORK(&encap->neigh_work, simnic_neighbour_work);
	list_add(&encap->list, &pf->encaps);
	simnic_object_get(SIMNIC_OBJ_ENCAPS);
	encap->info = kmemdup(info, sizeof(*info) + info->options_len, GFP_KERNEL);
	err = encap->info ? set_up(encap, tunnel_dev) : -ENOMEM;
	if (err) {
		simnic_encap_put(encap);
		return ERR_PTR(err);
	}
	return encap;
}

/*
 * The flow's entropy, as the NIC puts it: the dynamic port range of RFC 6335, which RFC 7348 and
 * RFC 8926 recommend.
 */
static __be16 source_port(struct sk_buff *skb)
{
	u32 hash;

	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;
	hash = skb_get_hash(skb);
	return htons(0xc000 | ((hash ^ hash >> 16) & 0x3fff));
}

/*
 * Writes the outer headers before the frame and fills in what is per packet. Lengths are this
 * packet's, big packets were cut before.
 */
bool simnic_encap_push(struct sk_buff *skb, const struct simnic_header *header)
{
	__be16 sport = source_port(skb);
	struct ipv6hdr *ip6;
	struct udphdr *udp;
	struct iphdr *ip;
	u8 *at;

	if (skb_cow_head(skb, header->length))
		return false;
	at = skb_push(skb, header->length);
	memcpy(at, header->bytes, header->length);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, header->ip_at);
	if (header->ip_version == 4) {
		ip = ip_hdr(skb);
		ip->tot_len = htons(skb->len - header->ip_at);
		__ip_select_ident(&init_net, ip, 1);
		ip_send_check(ip);
		udp = (void *)(ip + 1);
	} else {
		ip6 = ipv6_hdr(skb);
		ip6->payload_len = htons(skb->len - header->ip_at - sizeof(*ip6));
		udp = (void *)(ip6 + 1);
	}
	udp->source = sport;
	udp->len = htons(skb->len - ((u8 *)udp - skb->data));
	return true;
}
