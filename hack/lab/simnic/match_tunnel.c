// SPDX-License-Identifier: GPL-2.0-only
/*
 * Matches on a tunnel's outer headers: en_tc.c, parse_tunnel_attr; en/tc_tun.c; en/tc_tun_geneve.c;
 * en/tc_tun_vxlan.c.
 */
#include <net/geneve.h>
#include <net/ipv6.h>
#include <net/vxlan.h>

#include "rule.h"

/*
 * The text goes to the caller and to the log: the caller's copy is overwritten below, as mlx5 does
 * it.
 */
#define refuse(parse, errno, text) ({			\
	NL_SET_ERR_MSG_MOD((parse)->extack, text);	\
	netdev_warn((parse)->dev, text "\n");		\
	-(errno);					\
})

/* en/tc_tun.c, mlx5e_tc_tun_parse_udp_ports */
static int match_ports(struct simnic_parse *parse)
{
	struct flow_match_ports ports;

	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ENC_PORTS))
		return refuse(parse, EOPNOTSUPP, "UDP tunnel decap filter must include enc_dst_port condition");
	flow_rule_match_enc_ports(parse->flow, &ports);
	if (ports.mask->dst != htons(0xffff))
		return refuse(parse, EOPNOTSUPP, "UDP tunnel decap filter must match enc_dst_port fully");
	if (parse->tunnel == SIMNIC_GENEVE && ports.key->dst != htons(GENEVE_UDP_PORT))
		return refuse(parse, EOPNOTSUPP, "Matched UDP dst port is not registered as a GENEVE port");
	if (parse->tunnel == SIMNIC_VXLAN && !simnic_is_vxlan_port(parse->pf, ports.key->dst))
		return refuse(parse, EOPNOTSUPP, "Matched UDP dst port is not registered as a VXLAN port");
	SIMNIC_MATCH_SET(parse, enc.dport, ports.key->dst, ports.mask->dst);
	SIMNIC_MATCH_SET(parse, enc.sport, ports.key->src, ports.mask->src);
	return 0;
}

static void match_vni(struct simnic_parse *parse)
{
	struct flow_match_enc_keyid keyid;

	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ENC_KEYID))
		return;
	flow_rule_match_enc_keyid(parse->flow, &keyid);
	SIMNIC_MATCH_SET(parse, enc.vni, keyid.key->keyid, keyid.mask->keyid);
}

void simnic_tlv_put(struct simnic_pf *pf)
{
	WRITE_ONCE(pf->tlv.users, pf->tlv.users - 1);
}

/* lib/geneve.c, mlx5_geneve_tlv_option_add: one class and type per device at a time. */
static int tlv_get(struct simnic_pf *pf, const struct geneve_opt *opt)
{
	struct simnic_geneve_tlv *tlv = &pf->tlv;

	if (tlv->users && (tlv->opt_class != opt->opt_class || tlv->type != opt->type)) {
		dev_warn(&pf->pdev->dev,
			 "Won't create Geneve TLV opt object with class:type:len = 0x%x:0x%x:%d (another class:type already exists)\n",
			 be16_to_cpu(opt->opt_class), opt->type, opt->length);
		return -EOPNOTSUPP;
	}
	tlv->opt_class = opt->opt_class;
	tlv->type = opt->type;
	tlv->length = opt->length;
	WRITE_ONCE(tlv->users, tlv->users + 1);
	return 0;
}

/*
 * en/tc_tun_geneve.c, mlx5e_tc_tun_parse_geneve_options, from "we support matching on one option
 * only" on
 */
static int match_one_option(struct simnic_parse *parse, const struct geneve_opt *key, const struct geneve_opt *mask)
{
	const struct simnic_profile *profile = parse->pf->profile;
	unsigned int size = key->length * 4;

	if (!mask->opt_class && !mask->type && !memchr_inv(mask->opt_data, 0, mask->length * 4))
		return 0;
	if (key->length > profile->geneve_dwords)
		return refuse(parse, EOPNOTSUPP, "Matching on GENEVE options: unsupported option len");
	if (!memchr_inv(key->opt_data, 0, size))
		return refuse(parse, EOPNOTSUPP, "Matching on GENEVE options: can't match on 0 data field");
	if (tlv_get(parse->pf, key))
		return refuse(parse, EOPNOTSUPP, "Matching on GENEVE options: failed creating TLV opt object");
	parse->uses_tlv = true;
	parse->mask.enc.option_exists = 1;
	parse->key.enc.option_exists = 1;
	/* Class and type are the parser's, whatever their mask: only the data is compared. */
	simnic_match_set(parse->key.enc.options + sizeof(*key), parse->mask.enc.options + sizeof(*key), key->opt_data,
			 mask->opt_data, size);
	return 0;
}

static int match_geneve_options(struct simnic_parse *parse)
{
	const struct simnic_profile *profile = parse->pf->profile;
	struct flow_match_enc_opts opts;
	u8 dwords;

	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ENC_OPTS))
		return 0;
	flow_rule_match_enc_opts(parse->flow, &opts);
	if (!profile->geneve_options && memchr_inv(opts.mask->data, 0, sizeof(opts.mask->data)))
		return refuse(parse, EOPNOTSUPP, "Matching on GENEVE options is not supported");
	if (opts.key->dst_opt_type != IP_TUNNEL_GENEVE_OPT_BIT)
		return refuse(parse, EOPNOTSUPP, "Matching on GENEVE options: option type is not GENEVE");
	if (opts.key->len / 4 > (profile->geneve_dwords + 1) * profile->geneve_options ||
	    opts.key->len > SIMNIC_MAX_OPTIONS)
		return refuse(parse, EOPNOTSUPP, "Matching on GENEVE options: unsupported options len");
	/* The length is masked with the mask's own length, as there. */
	dwords = opts.mask->len / 4;
	parse->mask.enc.option_dwords = dwords;
	parse->key.enc.option_dwords = opts.key->len / 4 & dwords;
	if (profile->geneve_options <= 1)
		return match_one_option(parse, (const void *)opts.key->data, (const void *)opts.mask->data);
	simnic_match_set(parse->key.enc.options, parse->mask.enc.options, opts.key->data, opts.mask->data, opts.key->len);
	return 0;
}

/*
 * en/tc_tun_geneve.c, mlx5e_tc_tun_parse_geneve_params: packets with the OAM bit, or carrying
 * something else than Ethernet, never match.
 */
static int match_geneve(struct simnic_parse *parse)
{
	parse->mask.enc.flags |= SIMNIC_ENC_OAM;
	parse->mask.enc.protocol = htons(0xffff);
	parse->key.enc.protocol = htons(ETH_P_TEB);
	match_vni(parse);
	return match_geneve_options(parse);
}

/*
 * en/tc_tun_vxlan.c, mlx5e_tc_tun_parse_vxlan; group policy (GBP) there needs custom tunnel
 * headers, which simnic does not have.
 */
static int match_vxlan(struct simnic_parse *parse)
{
	match_vni(parse);
	if (parse->mask.enc.vni && flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ENC_OPTS))
		return refuse(parse, EOPNOTSUPP, "Matching on VxLAN GBP is not supported");
	return 0;
}

static u8 enc_flags(u32 flags)
{
	return (flags & FLOW_DIS_F_TUNNEL_CSUM ? SIMNIC_ENC_CSUM : 0) |
	       (flags & FLOW_DIS_F_TUNNEL_DONT_FRAGMENT ? SIMNIC_ENC_DF : 0) |
	       (flags & FLOW_DIS_F_TUNNEL_OAM ? SIMNIC_ENC_OAM : 0) |
	       (flags & FLOW_DIS_F_TUNNEL_CRIT_OPT ? SIMNIC_ENC_CRITICAL : 0);
}

/* en/tc_tun.c, mlx5e_tc_tun_parse: after ports and tunnel type, control flags, then addresses. */
static int match_addresses(struct simnic_parse *parse)
{
	const u32 known = FLOW_DIS_F_TUNNEL_CSUM | FLOW_DIS_F_TUNNEL_DONT_FRAGMENT | FLOW_DIS_F_TUNNEL_OAM |
			  FLOW_DIS_F_TUNNEL_CRIT_OPT;
	const u32 supported = parse->pf->profile->enc_flags ? known : 0;
	struct flow_match_control control;
	struct flow_match_ipv4_addrs v4;
	struct flow_match_ipv6_addrs v6;
	u8 all = 0xff, version;

	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ENC_CONTROL))
		return 0;
	flow_rule_match_enc_control(parse->flow, &control);
	if (!flow_rule_is_supp_enc_control_flags(supported, control.mask->flags, parse->extack)) {
		netdev_warn(parse->dev, "Unsupported match on enc_control.flags %#x\n", control.mask->flags);
		return -EOPNOTSUPP;
	}
	parse->mask.enc.flags |= enc_flags(control.mask->flags);
	parse->key.enc.flags |= enc_flags(control.key->flags & control.mask->flags);
	if (control.key->addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		flow_rule_match_enc_ipv4_addrs(parse->flow, &v4);
		SIMNIC_MATCH_SET(parse, enc.src.s6_addr32[0], v4.key->src, v4.mask->src);
		SIMNIC_MATCH_SET(parse, enc.dst.s6_addr32[0], v4.key->dst, v4.mask->dst);
		version = 4;
	} else if (control.key->addr_type == FLOW_DISSECTOR_KEY_IPV6_ADDRS) {
		flow_rule_match_enc_ipv6_addrs(parse->flow, &v6);
		SIMNIC_MATCH_SET(parse, enc.src, v6.key->src, v6.mask->src);
		SIMNIC_MATCH_SET(parse, enc.dst, v6.key->dst, v6.mask->dst);
		version = 6;
	} else {
		return 0;
	}
	SIMNIC_MATCH_SET(parse, enc.ip_version, version, all);
	/*
	 * en/tc_tun_encap.c, mlx5e_tc_set_attr_rx_tun: only with both addresses there is a route to
	 * look up.
	 */
	parse->reverse_route = !ipv6_addr_any(&parse->key.enc.src) && !ipv6_addr_any(&parse->key.enc.dst);
	return 0;
}

static int match_ip(struct simnic_parse *parse)
{
	struct flow_match_ip ip;

	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ENC_IP))
		return 0;
	flow_rule_match_enc_ip(parse->flow, &ip);
	if (ip.mask->ttl && !parse->pf->profile->match_ttl)
		return refuse(parse, EOPNOTSUPP, "Matching on TTL is not supported");
	SIMNIC_MATCH_SET(parse, enc.tos, ip.key->tos, ip.mask->tos);
	SIMNIC_MATCH_SET(parse, enc.ttl, ip.key->ttl, ip.mask->ttl);
	return 0;
}

static bool has_goto(const struct flow_rule *flow)
{
	const struct flow_action_entry *act;
	int i;

	flow_action_for_each(i, act, &flow->action)
		if (act->id == FLOW_ACTION_GOTO)
			return true;
	return false;
}

/*
 * en_tc.c, enc_opts_is_dont_care_or_full_match: what comes back after a miss is an identifier of
 * class and type, not the option.
 */
static int check_options_of_chain(struct simnic_parse *parse)
{
	struct flow_match_enc_opts opts;
	const struct geneve_opt *opt;
	bool cared = false;
	int at;

	if (!flow_rule_match_key(parse->flow, FLOW_DISSECTOR_KEY_ENC_OPTS))
		return 0;
	flow_rule_match_enc_opts(parse->flow, &opts);
	for (at = 0; at < opts.mask->len; at += sizeof(*opt) + opt->length * 4) {
		opt = (const void *)(opts.mask->data + at);
		cared |= opt->opt_class || opt->type || memchr_inv(opt->opt_data, 0, opt->length * 4);
		if (cared && (opt->opt_class != htons(0xffff) || opt->type != 0xff))
			return refuse(parse, EOPNOTSUPP,
				      "Partial match of tunnel options in chain > 0 isn't supported");
	}
	return 0;
}

int simnic_match_tunnel(struct simnic_parse *parse)
{
	bool chained = parse->chain || has_goto(parse->flow);
	int err;

	if (chained && !parse->pf->profile->reg_loopback)
		return refuse(parse, EOPNOTSUPP,
			      "Chains on tunnel devices isn't supported without register loopback support");
	err = match_ports(parse);
	if (!err)
		err = parse->tunnel == SIMNIC_GENEVE ? match_geneve(parse) : match_vxlan(parse);
	if (!err)
		err = match_addresses(parse);
	if (!err)
		err = match_ip(parse);
	if (err) {
		/*
		 * en_tc.c, parse_tunnel_attr: the reason just set is lost to the caller. The
		 * tracepoint and the log have it.
		 */
		NL_SET_ERR_MSG_MOD(parse->extack, "Failed to parse tunnel attributes");
		netdev_warn(parse->dev, "Failed to parse tunnel attributes\n");
		return err;
	}
	return chained ? check_options_of_chain(parse) : 0;
}
