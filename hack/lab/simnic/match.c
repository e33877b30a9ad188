// SPDX-License-Identifier: GPL-2.0-only
/*
 * From flower's match to the table's key, with mlx5's limits and texts (en_tc.c,
 * __parse_cls_flower, unless said otherwise).
 */
#include <linux/if_vlan.h>
#include <net/inet_ecn.h>
#include <net/ipv6.h>
#include <uapi/linux/devlink.h>

#include "netdev.h"
#include "rule.h"

#define KNOWN(key) BIT_ULL(FLOW_DISSECTOR_KEY_##key)

static const u64 known_keys =
	KNOWN(META) | KNOWN(CONTROL) | KNOWN(BASIC) | KNOWN(ETH_ADDRS) | KNOWN(VLAN) | KNOWN(CVLAN) | KNOWN(IPV4_ADDRS) |
	KNOWN(IPV6_ADDRS) | KNOWN(PORTS) | KNOWN(TCP) | KNOWN(IP) | KNOWN(CT) | KNOWN(ICMP) | KNOWN(MPLS) |
	KNOWN(ENC_KEYID) | KNOWN(ENC_IPV4_ADDRS) | KNOWN(ENC_IPV6_ADDRS) | KNOWN(ENC_PORTS) | KNOWN(ENC_CONTROL) |
	KNOWN(ENC_IP) | KNOWN(ENC_OPTS);

void simnic_match_set(void *key, void *mask, const void *from_key, const void *from_mask, size_t size)
{
	size_t i;

	memcpy(mask, from_mask, size);
	for (i = 0; i < size; i++)
		((u8 *)key)[i] = ((const u8 *)from_key)[i] & ((const u8 *)from_mask)[i];
}

static void level(struct simnic_parse *parse, u8 inline_mode)
{
	parse->match_level = inline_mode;
}

/* en_tc.c, mlx5e_flower_parse_meta */
static int match_meta(struct simnic_parse *parse)
{
	struct net_device *ingress;
	struct flow_match_meta match;
	int err = 0;

	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_META))
		return 0;
	flow_rule_match_meta(parse->flow, &match);
	if (match.mask->l2_miss) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Can't match on \"l2_miss\"");
		return -EOPNOTSUPP;
	}
	if (!match.mask->ingress_ifindex)
		return 0;
	if (match.mask->ingress_ifindex != 0xffffffff) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Unsupported ingress ifindex mask");
		return -EOPNOTSUPP;
	}
	rcu_read_lock();
	ingress = dev_get_by_index_rcu(dev_net(parse->filter_dev), match.key->ingress_ifindex);
	if (!ingress) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Can't find the ingress port to match on");
		err = -ENOENT;
	} else if (ingress != parse->filter_dev) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Can't match on the ingress filter port");
		err = -EOPNOTSUPP;
	}
	rcu_read_unlock();
	return err;
}

/* Not the drop eligible bit: mlx5 does not match it. */
static __be16 tci(const struct flow_dissector_key_vlan *vlan)
{
	return htons(vlan->vlan_priority << VLAN_PRIO_SHIFT | vlan->vlan_id);
}

static int match_vlans(struct simnic_parse *parse)
{
	struct flow_match_vlan match;

	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_VLAN)) {
		flow_rule_match_vlan(parse->flow, &match);
		if (match.mask->vlan_id || match.mask->vlan_priority || match.mask->vlan_tpid) {
			SIMNIC_MATCH_SET(parse, vlan_tpid, match.key->vlan_tpid, match.mask->vlan_tpid);
			parse->mask.vlan_tci = tci(match.mask);
			parse->key.vlan_tci = tci(match.key) & parse->mask.vlan_tci;
			level(parse, DEVLINK_ESWITCH_INLINE_MODE_LINK);
		}
	} else if (parse->match_level != DEVLINK_ESWITCH_INLINE_MODE_NONE) {
		/* An Ethernet type without a VLAN means: no tag at all. */
		memset(&parse->mask.vlan_tpid, 0xff, sizeof(parse->mask.vlan_tpid));
	}
	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_CVLAN))
		return 0;
	flow_rule_match_cvlan(parse->flow, &match);
	if (!match.mask->vlan_id && !match.mask->vlan_priority && !match.mask->vlan_tpid)
		return 0;
	if (!parse->pf->profile->match_cvlan) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Matching on CVLAN is not supported");
		return -EOPNOTSUPP;
	}
	SIMNIC_MATCH_SET(parse, cvlan_tpid, match.key->vlan_tpid, match.mask->vlan_tpid);
	parse->mask.cvlan_tci = tci(match.mask);
	parse->key.cvlan_tci = tci(match.key) & parse->mask.cvlan_tci;
	return 0;
}

static int match_l2(struct simnic_parse *parse)
{
	struct flow_match_eth_addrs addrs;
	struct flow_match_basic basic;
	int err;

	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_BASIC)) {
		flow_rule_match_basic(parse->flow, &basic);
		SIMNIC_MATCH_SET(parse, eth_type, basic.key->n_proto, basic.mask->n_proto);
		if (basic.mask->n_proto)
			level(parse, DEVLINK_ESWITCH_INLINE_MODE_LINK);
	}
	err = match_vlans(parse);
	if (err)
		return err;
	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ETH_ADDRS)) {
		flow_rule_match_eth_addrs(parse->flow, &addrs);
		SIMNIC_MATCH_SET(parse, dst, addrs.key->dst, addrs.mask->dst);
		SIMNIC_MATCH_SET(parse, src, addrs.key->src, addrs.mask->src);
		if (!is_zero_ether_addr(addrs.mask->src) || !is_zero_ether_addr(addrs.mask->dst))
			level(parse, DEVLINK_ESWITCH_INLINE_MODE_LINK);
	}
	return 0;
}

static int match_control(struct simnic_parse *parse, u16 *addr_type)
{
	struct flow_match_control control;
	bool fragment;

	*addr_type = 0;
	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_CONTROL))
		return 0;
	flow_rule_match_control(parse->flow, &control);
	*addr_type = control.key->addr_type;
	if (control.mask->flags & FLOW_DIS_IS_FRAGMENT) {
		fragment = control.key->flags & FLOW_DIS_IS_FRAGMENT;
		parse->mask.fragment = 1;
		parse->key.fragment = fragment;
		level(parse, fragment ? DEVLINK_ESWITCH_INLINE_MODE_NETWORK : DEVLINK_ESWITCH_INLINE_MODE_LINK);
	}
	if (!flow_rule_is_supp_control_flags(FLOW_DIS_IS_FRAGMENT, control.mask->flags, parse->extack))
		return -EOPNOTSUPP;
	return 0;
}

/*
 * Does the tunnel's ECN, merged into the inner one while decapsulating, leave the inner ECN match
 * true? en_tc.c, mlx5e_tc_verify_tunnel_ecn
 */
static int match_tunnel_ecn(struct simnic_parse *parse, bool *match_inner)
{
	u8 outer = 0, outer_mask = 0, inner = 0, inner_mask = 0;
	struct flow_match_ip match;

	*match_inner = true;
	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ENC_IP)) {
		flow_rule_match_enc_ip(parse->flow, &match);
		outer = match.key->tos & INET_ECN_MASK;
		outer_mask = match.mask->tos & INET_ECN_MASK;
	}
	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_IP)) {
		flow_rule_match_ip(parse->flow, &match);
		inner = match.key->tos & INET_ECN_MASK;
		inner_mask = match.mask->tos & INET_ECN_MASK;
	}
	if (outer_mask && outer_mask != INET_ECN_MASK) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Partial match on enc_tos ecn bits isn't supported");
		return -EOPNOTSUPP;
	}
	if (!inner_mask)
		return 0;
	if (!outer_mask) {
		NL_SET_ERR_MSG_MOD(parse->extack,
				   "Matching on tos ecn bits without also matching enc_tos ecn bits isn't supported");
		return -EOPNOTSUPP;
	}
	if (inner_mask != INET_ECN_MASK) {
		NL_SET_ERR_MSG_MOD(parse->extack,
				   "Partial match on tos ecn bits with match on enc_tos ecn bits isn't supported");
		return -EOPNOTSUPP;
	}
	if (outer == INET_ECN_ECT_1) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Match on enc_tos ecn = ECT(1) isn't supported");
		return -EOPNOTSUPP;
	}
	if (outer != INET_ECN_CE)
		return 0;
	if (inner != INET_ECN_CE) {
		NL_SET_ERR_MSG_MOD(parse->extack,
				   "Match on tos enc_tos ecn = CE while match on tos ecn != CE isn't supported");
		return -EOPNOTSUPP;
	}
	*match_inner = false;
	return 0;
}

static int match_l3(struct simnic_parse *parse, u16 addr_type, bool match_ecn)
{
	struct flow_match_ipv4_addrs v4;
	struct flow_match_ipv6_addrs v6;
	struct flow_match_basic basic;
	struct flow_match_ip ip;
	u8 tos_mask;

	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_BASIC)) {
		flow_rule_match_basic(parse->flow, &basic);
		SIMNIC_MATCH_SET(parse, ip_proto, basic.key->ip_proto, basic.mask->ip_proto);
		if (basic.mask->ip_proto)
			level(parse, DEVLINK_ESWITCH_INLINE_MODE_NETWORK);
	}
	if (addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		flow_rule_match_ipv4_addrs(parse->flow, &v4);
		SIMNIC_MATCH_SET(parse, ip_src.s6_addr32[0], v4.key->src, v4.mask->src);
		SIMNIC_MATCH_SET(parse, ip_dst.s6_addr32[0], v4.key->dst, v4.mask->dst);
		if (v4.mask->src || v4.mask->dst)
			level(parse, DEVLINK_ESWITCH_INLINE_MODE_NETWORK);
	} else if (addr_type == FLOW_DISSECTOR_KEY_IPV6_ADDRS) {
		flow_rule_match_ipv6_addrs(parse->flow, &v6);
		SIMNIC_MATCH_SET(parse, ip_src, v6.key->src, v6.mask->src);
		SIMNIC_MATCH_SET(parse, ip_dst, v6.key->dst, v6.mask->dst);
		if (!ipv6_addr_any(&v6.mask->src) || !ipv6_addr_any(&v6.mask->dst))
			level(parse, DEVLINK_ESWITCH_INLINE_MODE_NETWORK);
	}
	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_IP))
		return 0;
	flow_rule_match_ip(parse->flow, &ip);
	tos_mask = match_ecn ? ip.mask->tos : ip.mask->tos & ~INET_ECN_MASK;
	SIMNIC_MATCH_SET(parse, tos, ip.key->tos, tos_mask);
	SIMNIC_MATCH_SET(parse, ttl, ip.key->ttl, ip.mask->ttl);
	if (ip.mask->ttl && !parse->pf->profile->match_ttl) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Matching on TTL is not supported");
		return -EOPNOTSUPP;
	}
	if (ip.mask->tos || ip.mask->ttl)
		level(parse, DEVLINK_ESWITCH_INLINE_MODE_NETWORK);
	return 0;
}

static int match_icmp(struct simnic_parse *parse)
{
	struct flow_match_icmp icmp;

	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ICMP))
		return 0;
	flow_rule_match_icmp(parse->flow, &icmp);
	switch (parse->key.ip_proto) {
	case IPPROTO_ICMP:
		if (!parse->pf->profile->flex_icmp) {
			NL_SET_ERR_MSG_MOD(parse->extack, "Match on Flex protocols for ICMP is not supported");
			return -EOPNOTSUPP;
		}
		break;
	case IPPROTO_ICMPV6:
		if (!parse->pf->profile->flex_icmp) {
			NL_SET_ERR_MSG_MOD(parse->extack, "Match on Flex protocols for ICMPV6 is not supported");
			return -EOPNOTSUPP;
		}
		break;
	default:
		NL_SET_ERR_MSG_MOD(parse->extack, "Code and type matching only with ICMP and ICMPv6");
		return -EINVAL;
	}
	SIMNIC_MATCH_SET(parse, icmp_type, icmp.key->type, icmp.mask->type);
	SIMNIC_MATCH_SET(parse, icmp_code, icmp.key->code, icmp.mask->code);
	if (icmp.mask->type || icmp.mask->code)
		level(parse, DEVLINK_ESWITCH_INLINE_MODE_TRANSPORT);
	return 0;
}

static int match_l4(struct simnic_parse *parse)
{
	struct flow_match_ports ports;
	struct flow_match_tcp tcp;

	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_PORTS)) {
		flow_rule_match_ports(parse->flow, &ports);
		if (parse->key.ip_proto != IPPROTO_TCP && parse->key.ip_proto != IPPROTO_UDP) {
			NL_SET_ERR_MSG_MOD(parse->extack,
					   "Only UDP and TCP transports are supported for L4 matching");
			return -EINVAL;
		}
		SIMNIC_MATCH_SET(parse, sport, ports.key->src, ports.mask->src);
		SIMNIC_MATCH_SET(parse, dport, ports.key->dst, ports.mask->dst);
		if (ports.mask->src || ports.mask->dst)
			level(parse, DEVLINK_ESWITCH_INLINE_MODE_TRANSPORT);
	}
	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_TCP)) {
		flow_rule_match_tcp(parse->flow, &tcp);
		SIMNIC_MATCH_SET(parse, tcp_flags, tcp.key->flags, tcp.mask->flags);
		if (tcp.mask->flags)
			level(parse, DEVLINK_ESWITCH_INLINE_MODE_TRANSPORT);
	}
	return match_icmp(parse);
}

/* en_tc.c, parse_cls_flower */
static int check_inline(struct simnic_parse *parse)
{
	u8 mode = parse->pf->inline_mode;

	if (simnic_is_uplink(parse->vport) || mode == DEVLINK_ESWITCH_INLINE_MODE_NONE || mode >= parse->match_level)
		return 0;
	NL_SET_ERR_MSG_MOD(parse->extack, "Flow is not offloaded due to min inline setting");
	return -EOPNOTSUPP;
}

/* Under pf->lock. */
int simnic_match_parse(struct simnic_parse *parse)
{
	bool match_ecn = true;
	u16 addr_type;
	int err;

	if (parse->flow->match.dissector->used_keys & ~known_keys) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Unsupported key");
		return -EOPNOTSUPP;
	}
	if (parse->tunnel) {
		err = simnic_match_tunnel(parse);
		if (!err)
			err = match_tunnel_ecn(parse, &match_ecn);
		if (err)
			return err;
	}
	err = match_meta(parse);
	if (!err)
		err = match_l2(parse);
	if (!err)
		err = match_control(parse, &addr_type);
	if (!err)
		err = match_l3(parse, addr_type, match_ecn);
	if (!err)
		err = match_l4(parse);
	if (err)
		return err;
	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_MPLS)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "Matching on MPLS is supported only for MPLS over UDP");
		return -EOPNOTSUPP;
	}
	err = check_inline(parse);
	if (err)
		return err;
	/*
	 * en/tc_ct.c, mlx5_tc_ct_match_add, of a NIC without connection tracking: after all other
	 * matches.
	 */
	if (flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_CT)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "offload of ct matching isn't available");
		return -EOPNOTSUPP;
	}
	return 0;
}
