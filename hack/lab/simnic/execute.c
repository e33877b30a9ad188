// SPDX-License-Identifier: GPL-2.0-only
/* Actions on packets. The frame's Ethernet header is at skb->data throughout. */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "datapath.h"
#include "encap.h"
#include "rule.h"

struct layers {
	unsigned int ip;
	unsigned int l4;	/* 0: none, or a fragment */
	u8 version;
	u8 proto;
};

static bool find_layers(const struct sk_buff *skb, struct layers *layers)
{
	struct ipv6hdr ip6_buffer, *ip6;
	struct iphdr ip_buffer, *ip;
	__be16 type, fragment;
	unsigned int at = ETH_HLEN;
	int l4;

	memset(layers, 0, sizeof(*layers));
	if (skb_copy_bits(skb, offsetof(struct ethhdr, h_proto), &type, sizeof(type)))
		return false;
	while (eth_type_vlan(type)) {
		if (skb_copy_bits(skb, at + offsetof(struct vlan_hdr, h_vlan_encapsulated_proto), &type, sizeof(type)))
			return false;
		at += VLAN_HLEN;
	}
	layers->ip = at;
	if (type == htons(ETH_P_IP)) {
		ip = skb_header_pointer(skb, at, sizeof(ip_buffer), &ip_buffer);
		if (!ip)
			return false;
		layers->version = 4;
		layers->proto = ip->protocol;
		layers->l4 = ip_is_fragment(ip) ? 0 : at + ip->ihl * 4;
	} else if (type == htons(ETH_P_IPV6)) {
		ip6 = skb_header_pointer(skb, at, sizeof(ip6_buffer), &ip6_buffer);
		if (!ip6)
			return false;
		layers->version = 6;
		layers->proto = ip6->nexthdr;
		l4 = ipv6_skip_exthdr(skb, at + sizeof(*ip6), &layers->proto, &fragment);
		layers->l4 = l4 < 0 || fragment ? 0 : l4;
	}
	return true;
}

static __sum16 *l4_checksum(struct sk_buff *skb, const struct layers *layers)
{
	unsigned int at;

	if (!layers->l4)
		return NULL;
	if (layers->proto == IPPROTO_TCP)
		at = layers->l4 + offsetof(struct tcphdr, check);
	else if (layers->proto == IPPROTO_UDP)
		at = layers->l4 + offsetof(struct udphdr, check);
	else
		return NULL;
	if (skb_ensure_writable(skb, at + sizeof(__sum16)))
		return NULL;
	return (void *)(skb->data + at);
}

static void mend_l4_checksum(struct sk_buff *skb, const struct layers *layers, __be32 old, __be32 new)
{
	__sum16 *check = l4_checksum(skb, layers);

	if (!check || (layers->proto == IPPROTO_UDP && !*check))
		return;
	csum_replace4(check, old, new);
	if (layers->proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

static __be32 rewritten(const struct simnic_rewrite *rewrite, __be32 old)
{
	u32 mask = ntohl((__force __be32)rewrite->mask), value = ntohl((__force __be32)rewrite->value);
	u32 word = ntohl(old);

	return htonl((word & ~mask) | ((rewrite->add ? word + value : value) & mask));
}

/*
 * Writes 32 bits of a header, and mends the checksums over them, as the hardware's modify header
 * command does.
 */
static bool rewrite(struct sk_buff *skb, const struct simnic_rewrite *rewrite)
{
	bool l4 = rewrite->header == FLOW_ACT_MANGLE_HDR_TYPE_TCP || rewrite->header == FLOW_ACT_MANGLE_HDR_TYPE_UDP;
	unsigned int at, addresses;
	struct layers layers;
	__be32 old, new;

	if (!find_layers(skb, &layers))
		return true;
	if (rewrite->header == FLOW_ACT_MANGLE_HDR_TYPE_ETH)
		at = 0;
	else if (rewrite->header == FLOW_ACT_MANGLE_HDR_TYPE_IP4 && layers.version == 4)
		at = layers.ip;
	else if (rewrite->header == FLOW_ACT_MANGLE_HDR_TYPE_IP6 && layers.version == 6)
		at = layers.ip;
	else if (l4 && layers.l4 &&
		 layers.proto == (rewrite->header == FLOW_ACT_MANGLE_HDR_TYPE_TCP ? IPPROTO_TCP : IPPROTO_UDP))
		at = layers.l4;
	else
		return true;	/* not a packet that has the field */
	at += rewrite->offset;
	if (skb_ensure_writable(skb, at + sizeof(old)))
		return false;
	old = get_unaligned((__be32 *)(skb->data + at));
	new = rewritten(rewrite, old);
	put_unaligned(new, (__be32 *)(skb->data + at));
	if (rewrite->header == FLOW_ACT_MANGLE_HDR_TYPE_ETH)
		return true;
	if (rewrite->header == FLOW_ACT_MANGLE_HDR_TYPE_IP4)
		csum_replace4(&((struct iphdr *)(skb->data + layers.ip))->check, old, new);
	/* Of an IP header the addresses are in the pseudo header. */
	addresses = layers.version == 4 ? offsetof(struct iphdr, saddr) : offsetof(struct ipv6hdr, saddr);
	if (l4 || rewrite->offset >= addresses)
		mend_l4_checksum(skb, &layers, old, new);
	return true;
}

static bool push_vlan(struct sk_buff *skb, __be16 tpid, u16 tci)
{
	skb_reset_mac_header(skb);
	return !__vlan_insert_tag(skb, tpid, tci);
}

static bool is_tagged(const struct sk_buff *skb)
{
	return eth_type_vlan(((const struct ethhdr *)skb->data)->h_proto);
}

static bool pop_vlan(struct sk_buff *skb)
{
	u16 tci;

	if (!is_tagged(skb))
		return true;
	skb_reset_mac_header(skb);
	return !__skb_vlan_pop(skb, &tci);
}

static bool set_vlan(struct sk_buff *skb, u16 vid)
{
	struct vlan_ethhdr *eth;

	if (!is_tagged(skb))
		return true;
	if (skb_ensure_writable(skb, VLAN_ETH_HLEN))
		return false;
	eth = (void *)skb->data;
	eth->h_vlan_TCI = (eth->h_vlan_TCI & htons(~VLAN_VID_MASK & 0xffff)) | htons(vid);
	return true;
}

/*
 * en_tc.c, mlx5e_tc_verify_tunnel_ecn: an outer "congestion experienced" gets into the inner
 * header.
 */
static void propagate_ecn(struct sk_buff *skb, u8 outer_tos)
{
	unsigned int headers = min_t(unsigned int, skb->len, ETH_HLEN + sizeof(struct ipv6hdr));

	if (!INET_ECN_is_ce(outer_tos) || skb_ensure_writable(skb, headers))
		return;
	skb->protocol = ((const struct ethhdr *)skb->data)->h_proto;
	skb_set_network_header(skb, ETH_HLEN);
	INET_ECN_set_ce(skb);
}

static bool decapsulate(struct simnic_packet *packet)
{
	struct sk_buff *skb = packet->skb;

	if (!pskb_may_pull(skb, packet->outer.length + ETH_HLEN))
		return false;
	__skb_pull(skb, packet->outer.length);
	skb_reset_mac_header(skb);
	packet->outer.length = 0;
	propagate_ecn(skb, packet->tunnel.enc.tos);
	return true;
}

static void encapsulate(struct simnic_packet *packet, struct sk_buff *skb, struct simnic_encap *encap)
{
	struct simnic_header *header = rcu_dereference(encap->header);

	/*
	 * Out of the uplink of the PF that has the rule, wherever the route went: en/tc_tun.c,
	 * get_route_and_out_devs.
	 */
	if (!header || !simnic_encap_push(skb, header))
		kfree_skb(skb);
	else if (encap->int_port)
		simnic_from_int_port(encap->int_port, skb, packet->depth);
	else
		simnic_output(&packet->pf->uplink, skb);
}

/* The packet itself for the last action, a copy before. */
static struct sk_buff *take(struct simnic_packet *packet, bool last)
{
	struct sk_buff *skb = packet->skb;

	if (!last)
		return skb_clone(skb, GFP_ATOMIC);
	packet->skb = NULL;
	return skb;
}

static unsigned int skip(const struct simnic_rule *rule, unsigned int i, unsigned int tc_actions)
{
	unsigned int to = rule->actions[i].ordinal + tc_actions;

	while (i + 1 < rule->num_actions && rule->actions[i + 1].ordinal <= to)
		i++;
	return i;
}

/* false: dropped. Else *i may have moved over the actions that a verdict jumps over. */
static bool police(struct simnic_packet *packet, struct simnic_rule *rule, unsigned int *i)
{
	const struct simnic_police *police = &rule->actions[*i].police;
	bool conforms = simnic_meter_conforms(police->meter, packet->skb->len);
	unsigned int jump = conforms ? police->jump_conform : police->jump_exceed;

	if (conforms ? police->drop_conform : police->drop_exceed) {
		atomic64_inc(&rule->drops);
		return false;
	}
	*i = skip(rule, *i, jump);
	return true;
}

/* Only a goto: nothing happens to the packet before the next chain. */
static bool only_goes_on(const struct simnic_rule *rule)
{
	return rule->has_goto && rule->num_actions == 1;
}

static void parse_again(struct simnic_packet *packet)
{
	simnic_key_parse(packet->skb, 0, &packet->plain);
	if (packet->outer.tunnel)
		simnic_key_parse(packet->skb, packet->outer.length, &packet->tunnel);
}

enum simnic_verdict simnic_execute(struct simnic_packet *packet, struct simnic_rule *rule, u32 *chain)
{
	struct simnic_action *action;
	struct sk_buff *skb;
	unsigned int i;
	bool last, ok = true;

	if (rule->has_goto && !packet->original && !only_goes_on(rule))
		packet->original = skb_clone(packet->skb, GFP_ATOMIC);
	/* en_tc.c, parse_tunnel_attr: a rule on a tunnel device decapsulates, asked or not. */
	if (rule->group->tunnel && packet->outer.length && !only_goes_on(rule))
		ok = decapsulate(packet);

	for (i = 0; ok && i < rule->num_actions; i++) {
		action = &rule->actions[i];
		last = i == rule->num_actions - 1;
		switch (action->type) {
		case SIMNIC_OUTPUT:
			skb = take(packet, last);
			if (skb)
				simnic_output(action->vport, skb);
			break;
		case SIMNIC_ENCAP:
			skb = take(packet, last);
			if (skb)
				encapsulate(packet, skb, action->encap);
			break;
		case SIMNIC_TO_INT_PORT:
			skb = take(packet, last);
			if (skb)
				simnic_from_int_port(action->int_port, skb, packet->depth);
			break;
		case SIMNIC_DROP:
			ok = false;
			break;
		case SIMNIC_SLOW:
			return SIMNIC_TO_HOST;
		case SIMNIC_GOTO:
			if (!only_goes_on(rule))
				parse_again(packet);
			*chain = action->chain;
			return SIMNIC_GO_ON;
		case SIMNIC_VLAN_PUSH:
			ok = push_vlan(packet->skb, action->vlan.tpid, action->vlan.tci);
			break;
		case SIMNIC_VLAN_POP:
			ok = pop_vlan(packet->skb);
			break;
		case SIMNIC_VLAN_SET:
			ok = set_vlan(packet->skb, action->vlan.tci);
			break;
		case SIMNIC_REWRITE:
			ok = rewrite(packet->skb, &action->rewrite);
			break;
		case SIMNIC_POLICE:
			ok = police(packet, rule, &i);
			break;
		}
	}
	kfree_skb(packet->skb);
	return SIMNIC_DONE;
}
