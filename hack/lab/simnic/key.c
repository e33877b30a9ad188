// SPDX-License-Identifier: GPL-2.0-only
/* The NIC's packet parser: from bytes on the wire to what tables match. */
#include <linux/icmp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/geneve.h>
#include <net/ipv6.h>
#include <net/vxlan.h>

#include "key.h"

#define PEEK(skb, at, buffer) skb_header_pointer(skb, at, sizeof(buffer), &(buffer))

static void parse_l4(const struct sk_buff *skb, unsigned int at, struct simnic_key *key)
{
	struct icmphdr icmp_buffer, *icmp;
	struct tcphdr tcp_buffer, *tcp;
	__be16 ports_buffer[2], *ports;

	switch (key->ip_proto) {
	case IPPROTO_TCP:
		tcp = PEEK(skb, at, tcp_buffer);
		if (tcp)
			key->tcp_flags = htons(ntohl(tcp_flag_word(tcp)) >> 16 & 0x0fff);
		fallthrough;
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		ports = PEEK(skb, at, ports_buffer);
		if (ports) {
			key->sport = ports[0];
			key->dport = ports[1];
		}
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		icmp = PEEK(skb, at, icmp_buffer);
		if (icmp) {
			key->icmp_type = icmp->type;
			key->icmp_code = icmp->code;
		}
		break;
	}
}

static void parse_ipv4(const struct sk_buff *skb, unsigned int at, struct simnic_key *key)
{
	struct iphdr buffer, *ip = PEEK(skb, at, buffer);

	if (!ip || ip->ihl < 5)
		return;
	key->ip_proto = ip->protocol;
	key->tos = ip->tos;
	key->ttl = ip->ttl;
	key->ip_src.s6_addr32[0] = ip->saddr;
	key->ip_dst.s6_addr32[0] = ip->daddr;
	key->fragment = ip_is_fragment(ip);
	if (!key->fragment)
		parse_l4(skb, at + ip->ihl * 4, key);
}

static void parse_ipv6(const struct sk_buff *skb, unsigned int at, struct simnic_key *key)
{
	struct ipv6hdr buffer, *ip = PEEK(skb, at, buffer);
	__be16 fragment = 0;
	u8 proto;
	int l4;

	if (!ip)
		return;
	proto = ip->nexthdr;
	key->tos = ipv6_get_dsfield(ip);
	key->ttl = ip->hop_limit;
	key->ip_src = ip->saddr;
	key->ip_dst = ip->daddr;
	l4 = ipv6_skip_exthdr(skb, at + sizeof(*ip), &proto, &fragment);
	key->ip_proto = proto;
	key->fragment = !!fragment;
	if (l4 >= 0 && !fragment)
		parse_l4(skb, l4, key);
}

/*
 * Parses the frame whose Ethernet header is at that offset of the data. The tunnel part of the key
 * stays as it is.
 */
bool simnic_key_parse(const struct sk_buff *skb, unsigned int at, struct simnic_key *key)
{
	struct ethhdr eth_buffer, *eth = PEEK(skb, at, eth_buffer);
	struct vlan_hdr vlan_buffer, *vlan;
	__be16 type;

	memset(key, 0, offsetof(struct simnic_key, enc));
	if (!eth)
		return false;
	ether_addr_copy(key->dst, eth->h_dest);
	ether_addr_copy(key->src, eth->h_source);
	type = eth->h_proto;
	at += ETH_HLEN;
	if (eth_type_vlan(type)) {
		vlan = PEEK(skb, at, vlan_buffer);
		if (!vlan)
			return false;
		key->vlan_tpid = type;
		key->vlan_tci = vlan->h_vlan_TCI;
		type = vlan->h_vlan_encapsulated_proto;
		at += VLAN_HLEN;
	}
	if (eth_type_vlan(type)) {
		vlan = PEEK(skb, at, vlan_buffer);
		if (!vlan)
			return false;
		key->cvlan_tpid = type;
		key->cvlan_tci = vlan->h_vlan_TCI;
		type = vlan->h_vlan_encapsulated_proto;
		at += VLAN_HLEN;
	}
	key->eth_type = type;
	if (type == htons(ETH_P_IP))
		parse_ipv4(skb, at, key);
	else if (type == htons(ETH_P_IPV6))
		parse_ipv6(skb, at, key);
	return true;
}

/*
 * lib/geneve.c: with one option object the parser looks for its class and type anywhere in the
 * list, and keeps one dword of it.
 */
static void parse_known_option(const struct simnic_geneve_tlv *tlv, const u8 *options, unsigned int length,
			       struct simnic_tunnel_key *enc)
{
	const struct geneve_opt *opt;
	unsigned int at, size;

	for (at = 0; at + sizeof(*opt) <= length; at += size) {
		opt = (const void *)(options + at);
		size = sizeof(*opt) + opt->length * 4;
		if (at + size > length)
			return;
		if (opt->opt_class != tlv->opt_class || opt->type != tlv->type)
			continue;
		enc->option_exists = 1;
		memcpy(enc->options, options + at, min_t(unsigned int, size, sizeof(*opt) + 4));
		return;
	}
}

static bool parse_geneve(struct simnic_pf *pf, const struct sk_buff *skb, unsigned int at,
			 struct simnic_tunnel_key *enc, struct simnic_outer *outer)
{
	u8 options_buffer[63 * 4], *options;
	struct genevehdr buffer, *gnv = PEEK(skb, at, buffer);
	unsigned int length;

	if (!gnv || gnv->ver)
		return false;
	length = gnv->opt_len * 4;
	enc->vni = htonl(gnv->vni[0] << 16 | gnv->vni[1] << 8 | gnv->vni[2]);
	enc->protocol = gnv->proto_type;
	enc->option_dwords = gnv->opt_len;
	if (gnv->oam)
		enc->flags |= SIMNIC_ENC_OAM;
	if (gnv->critical)
		enc->flags |= SIMNIC_ENC_CRITICAL;
	if (length) {
		options = skb_header_pointer(skb, at + sizeof(*gnv), length, options_buffer);
		if (!options)
			return false;
		if (READ_ONCE(pf->profile)->geneve_options > 1)
			memcpy(enc->options, options, min_t(unsigned int, length, SIMNIC_MAX_OPTIONS));
		else if (READ_ONCE(pf->tlv.users))
			parse_known_option(&pf->tlv, options, length, enc);
	}
	outer->tunnel = SIMNIC_GENEVE;
	outer->length = at + sizeof(*gnv) + length;
	return true;
}

static bool parse_vxlan(const struct sk_buff *skb, unsigned int at, struct simnic_tunnel_key *enc,
			struct simnic_outer *outer)
{
	struct vxlanhdr buffer, *vxh = PEEK(skb, at, buffer);

	if (!vxh || !(vxh->vx_flags & VXLAN_HF_VNI))
		return false;
	enc->vni = vxlan_vni(vxh->vx_vni);
	if (vxh->vx_flags & VXLAN_HF_GBP)
		memcpy(enc->options, vxh, sizeof(vxh->vx_flags));
	outer->tunnel = SIMNIC_VXLAN;
	outer->length = at + sizeof(*vxh);
	return true;
}

/*
 * Fills the key with a tunnel packet's outer headers as enc, and the inner ones as the rest.
 * Fragments, other UDP ports and broken headers are no tunnel packets: en/tc_tun.c,
 * mlx5e_tc_tun_parse lets software handle fragments.
 */
bool simnic_key_parse_tunnel(struct simnic_pf *pf, const struct sk_buff *skb, struct simnic_key *key,
			     struct simnic_outer *outer)
{
	struct simnic_tunnel_key *enc = &key->enc;
	struct udphdr udp_buffer, *udp;
	struct iphdr ip_buffer, *ip;
	unsigned int at = ETH_HLEN;
	bool parsed;

	memset(enc, 0, sizeof(*enc));
	if (!simnic_key_parse(skb, 0, key) || key->ip_proto != IPPROTO_UDP || key->fragment || key->cvlan_tpid)
		return false;
	if (key->vlan_tpid)
		at += VLAN_HLEN;
	if (key->eth_type == htons(ETH_P_IP)) {
		ip = PEEK(skb, at, ip_buffer);
		if (!ip)
			return false;
		enc->ip_version = 4;
		at += ip->ihl * 4;
	} else {
		__be16 fragment;
		u8 proto;
		int l4;

		if (skb_copy_bits(skb, at + offsetof(struct ipv6hdr, nexthdr), &proto, sizeof(proto)))
			return false;
		l4 = ipv6_skip_exthdr(skb, at + sizeof(struct ipv6hdr), &proto, &fragment);
		if (l4 < 0)
			return false;
		enc->ip_version = 6;
		at = l4;
	}
	udp = PEEK(skb, at, udp_buffer);
	if (!udp)
		return false;
	enc->src = key->ip_src;
	enc->dst = key->ip_dst;
	enc->tos = key->tos;
	enc->ttl = key->ttl;
	enc->sport = udp->source;
	enc->dport = udp->dest;
	if (udp->check)
		enc->flags |= SIMNIC_ENC_CSUM;
	at += sizeof(*udp);

	if (udp->dest == htons(GENEVE_UDP_PORT))
		parsed = parse_geneve(pf, skb, at, enc, outer);
	else if (simnic_is_vxlan_port(pf, udp->dest))
		parsed = parse_vxlan(skb, at, enc, outer);
	else
		return false;
	return parsed && simnic_key_parse(skb, outer->length, key);
}
