/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIMNIC_PROFILE_H
#define SIMNIC_PROFILE_H

#include <linux/types.h>

/*
 * What a NIC and its firmware can do, as data. Named by capabilities, never by cards: the driver's
 * source shows which capability gates which rule, not which card has it.
 */
struct simnic_profile {
	const char *name;
	const char *refuse_all;		/* a text with its prefix: no rule is taken at all */
	unsigned int table_size;	/* rules per PF */
	unsigned int encap_header;	/* bytes, max_encap_header_size */
	unsigned int max_pedits;	/* fields rewritten by one rule */
	unsigned int geneve_options;	/* how many options a rule may match; 0: none */
	unsigned int geneve_dwords;	/* 32-bit words of data in one matched option */
	bool prios;			/* firmware has chains and priorities at all */
	bool ignore_flow_level;		/* any chain, any priority, backward goto */
	bool enc_flags;			/* match on the outer header's flags */
	bool match_ttl;
	bool match_cvlan;
	bool flex_icmp;			/* flex parser profile with ICMP and ICMPv6 */
	bool encap;			/* packet reformat */
	bool reg_loopback;		/* chains on tunnel devices (reg_c1 loopback) */
	bool reformat_goto;		/* reformat_and_fwd_to_table */
	bool uplink_hairpin;		/* termination_table_raw_traffic */
	bool meter;
	bool int_port;			/* OVS internal ports as sources (reg_c_preserve) */
	bool inline_settable;		/* min inline mode is up to the eswitch's manager */
	bool busy_with_rules;		/* no change of the eswitch mode while rules are in hardware */
};

const struct simnic_profile *simnic_profile_find(const char *name);
int simnic_profile_names(char *buf, size_t size);

#endif
