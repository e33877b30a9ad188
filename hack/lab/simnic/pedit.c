// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which header rewrites the hardware takes: en/tc/act/pedit.c; en_tc.c, offload_pedit_fields and
 * verify_offload_pedit_fields.
 */
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "rule.h"

#define HEADERS		(FLOW_ACT_MANGLE_HDR_TYPE_UDP + 1)
#define HEADER_BYTES	40

struct simnic_pedit {
	u8 mask[2][HEADERS][HEADER_BYTES];	/* [0]: set, [1]: add */
};

#define ETH	FLOW_ACT_MANGLE_HDR_TYPE_ETH
#define IP4	FLOW_ACT_MANGLE_HDR_TYPE_IP4
#define IP6	FLOW_ACT_MANGLE_HDR_TYPE_IP6
#define TCP	FLOW_ACT_MANGLE_HDR_TYPE_TCP
#define UDP	FLOW_ACT_MANGLE_HDR_TYPE_UDP

/* Fields that the modify header command knows (en_tc.c, fields[]): at most 32 bits each. */
static const struct {
	u8 header;
	u8 at;
	u8 size;
	u32 mask;
} fields[] = {
	{ ETH, 0, 4, 0xffffffff }, { ETH, 4, 2, 0xffff }, { ETH, 6, 4, 0xffffffff }, { ETH, 10, 2, 0xffff },
	{ ETH, 12, 2, 0xffff },
	{ IP4, 1, 1, 0xfc }, { IP4, 8, 1, 0xff }, { IP4, 12, 4, 0xffffffff }, { IP4, 16, 4, 0xffffffff },
	{ IP6, 0, 2, 0x0fc0 }, { IP6, 7, 1, 0xff },
	{ IP6, 8, 4, 0xffffffff }, { IP6, 12, 4, 0xffffffff }, { IP6, 16, 4, 0xffffffff }, { IP6, 20, 4, 0xffffffff },
	{ IP6, 24, 4, 0xffffffff }, { IP6, 28, 4, 0xffffffff }, { IP6, 32, 4, 0xffffffff }, { IP6, 36, 4, 0xffffffff },
	{ TCP, 0, 2, 0xffff }, { TCP, 2, 2, 0xffff }, { TCP, 13, 1, 0xff },
	{ UDP, 0, 2, 0xffff }, { UDP, 2, 2, 0xffff },
};

struct simnic_pedit *simnic_pedit_alloc(void)
{
	return kzalloc(sizeof(struct simnic_pedit), GFP_KERNEL);
}

/* en/tc/act/pedit.c, mlx5e_tc_act_pedit_parse_action */
int simnic_pedit_add(struct simnic_pedit *pedit, const struct flow_action_entry *act, struct netlink_ext_ack *extack)
{
	u32 mask = ~act->mangle.mask, before;
	u8 *at;

	if (act->mangle.htype == FLOW_ACT_MANGLE_UNSPEC) {
		NL_SET_ERR_MSG_MOD(extack, "legacy pedit isn't offloaded");
		return -EOPNOTSUPP;
	}
	if (act->mangle.htype >= HEADERS || act->mangle.offset > HEADER_BYTES - sizeof(mask)) {
		NL_SET_ERR_MSG_MOD(extack, "attempt to offload an unsupported field");
		return -EOPNOTSUPP;
	}
	at = &pedit->mask[act->id == FLOW_ACTION_ADD][act->mangle.htype][act->mangle.offset];
	memcpy(&before, at, sizeof(before));
	if (before & mask) {
		NL_SET_ERR_MSG_MOD(extack, "curr_pmask and new mask same. Acting twice on same location");
		return -EOPNOTSUPP;
	}
	before |= mask;
	memcpy(at, &before, sizeof(before));
	return 0;
}

/* Takes the field's bits out of the mask. */
static u32 take(u8 *mask, int i)
{
	u32 got = 0, bits;
	int byte;

	for (byte = 0; byte < fields[i].size; byte++) {
		bits = fields[i].mask >> 8 * (fields[i].size - 1 - byte) & 0xff;
		got = got << 8 | (mask[fields[i].at + byte] & bits);
		mask[fields[i].at + byte] &= ~bits;
	}
	return got;
}

static bool has_holes(u32 mask)
{
	u32 low = mask & -mask;

	return mask & (mask + low);
}

/* en_tc.c, is_flow_action_modify_ip_header: more than TTL or hop limit */
static bool rewrites_ip(const struct simnic_pedit *pedit)
{
	u8 copy[2][HEADER_BYTES];
	int add;

	for (add = 0; add < 2; add++) {
		memcpy(copy[0], pedit->mask[add][IP4], HEADER_BYTES);
		memcpy(copy[1], pedit->mask[add][IP6], HEADER_BYTES);
		copy[0][8] = 0;
		copy[1][7] = 0;
		if (memchr_inv(copy, 0, sizeof(copy)))
			return true;
	}
	return false;
}

int simnic_pedit_check(struct simnic_pedit *pedit, struct simnic_parse *parse)
{
	bool ip = parse->key.eth_type == htons(ETH_P_IP) || parse->key.eth_type == htons(ETH_P_IPV6);
	bool modifies_ip = rewrites_ip(pedit);
	unsigned int used = 0;
	u32 set, add;
	int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		set = take(pedit->mask[0][fields[i].header], i);
		add = take(pedit->mask[1][fields[i].header], i);
		if (set && add) {
			NL_SET_ERR_MSG_MOD(parse->extack, "can't set and add to the same HW field");
			return -EOPNOTSUPP;
		}
		if (has_holes(set | add)) {
			NL_SET_ERR_MSG_MOD(parse->extack, "rewrite of few sub-fields isn't supported");
			return -EOPNOTSUPP;
		}
		used += set || add;
	}
	if (used > parse->pf->profile->max_pedits) {
		NL_SET_ERR_MSG_MOD(parse->extack, "too many pedit actions, can't offload");
		return -ENOSPC;
	}
	if (memchr_inv(pedit->mask, 0, sizeof(pedit->mask))) {
		NL_SET_ERR_MSG_MOD(parse->extack, "attempt to offload an unsupported field");
		return -EOPNOTSUPP;
	}
	/* en_tc.c, modify_header_match_supported */
	if (ip && modifies_ip && parse->key.ip_proto != IPPROTO_TCP && parse->key.ip_proto != IPPROTO_UDP &&
	    parse->key.ip_proto != IPPROTO_ICMP) {
		NL_SET_ERR_MSG_MOD(parse->extack, "can't offload re-write of non TCP/UDP");
		return -EOPNOTSUPP;
	}
	return 0;
}
