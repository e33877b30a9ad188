/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIMNIC_KEY_H
#define SIMNIC_KEY_H

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/skbuff.h>

#include "simnic.h"

#define SIMNIC_MAX_OPTIONS 64	/* bytes of tunnel options that can be matched */

enum simnic_tunnel {
	SIMNIC_NO_TUNNEL,
	SIMNIC_VXLAN,
	SIMNIC_GENEVE,
};

/* Outer headers of a tunnel packet. */
struct simnic_tunnel_key {
	struct in6_addr src;
	struct in6_addr dst;
	__be32 vni;
	__be16 sport;
	__be16 dport;
	__be16 protocol;		/* GENEVE's protocol type */
	u8 ip_version;
	u8 tos;
	u8 ttl;
	u8 flags;			/* SIMNIC_ENC_* */
	u8 option_dwords;		/* of all options together */
	u8 option_exists;		/* the one option that the parser knows */
	u8 options[SIMNIC_MAX_OPTIONS];
};

#define SIMNIC_ENC_CSUM		BIT(0)
#define SIMNIC_ENC_DF		BIT(1)
#define SIMNIC_ENC_OAM		BIT(2)
#define SIMNIC_ENC_CRITICAL	BIT(3)

/*
 * What a table can match: fields in network byte order, absent ones zero. Compared and hashed as
 * bytes, so no padding may be left unset.
 */
struct simnic_key {
	u8 dst[ETH_ALEN];
	u8 src[ETH_ALEN];
	__be16 vlan_tpid;
	__be16 vlan_tci;
	__be16 cvlan_tpid;
	__be16 cvlan_tci;
	__be16 eth_type;		/* behind the VLAN tags */
	u8 ip_proto;
	u8 tos;
	u8 ttl;
	u8 fragment;
	__be16 sport;
	__be16 dport;
	__be16 tcp_flags;
	u8 icmp_type;
	u8 icmp_code;
	struct in6_addr ip_src;		/* IPv4: the first four bytes */
	struct in6_addr ip_dst;
	struct simnic_tunnel_key enc;
} __aligned(8);

/* Lengths found while parsing a tunnel packet. */
struct simnic_outer {
	enum simnic_tunnel tunnel;
	unsigned int length;		/* up to the inner Ethernet header */
};

bool simnic_key_parse(const struct sk_buff *skb, unsigned int at, struct simnic_key *key);
bool simnic_key_parse_tunnel(struct simnic_pf *pf, const struct sk_buff *skb, struct simnic_key *key,
			     struct simnic_outer *outer);

#endif
