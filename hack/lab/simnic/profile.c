// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>

#include "profile.h"

#define EVERYTHING				\
	.table_size = 65536,			\
	.encap_header = 320,			\
	.max_pedits = 64,			\
	.geneve_options = 8,			\
	.geneve_dwords = 31,			\
	.prios = true,				\
	.ignore_flow_level = true,		\
	.enc_flags = true,			\
	.match_ttl = true,			\
	.match_cvlan = true,			\
	.flex_icmp = true,			\
	.encap = true,				\
	.reg_loopback = true,			\
	.reformat_goto = true,			\
	.uplink_hairpin = true,			\
	.meter = true,				\
	.int_port = true,			\
	.inline_settable = true

/*
 * One GENEVE option of one dword (lib/geneve.c), enc_flags refused whatever the firmware
 * (en/tc_tun.c, mlx5e_tc_tun_parse), chains 0..3 and priorities 1..16 (fs_core.h, FDB_TC_MAX_CHAIN,
 * FDB_TC_MAX_PRIO), the mode fixed while rules hold the eswitch (eswitch.c, mlx5_esw_try_lock).
 */
#define MLX5_LIKE				\
	.table_size = 65536,			\
	.encap_header = 128,			\
	.max_pedits = 16,			\
	.geneve_options = 1,			\
	.geneve_dwords = 1,			\
	.prios = true,				\
	.match_ttl = true,			\
	.match_cvlan = true,			\
	.encap = true,				\
	.reg_loopback = true,			\
	.meter = true,				\
	.int_port = true,			\
	.busy_with_rules = true

static const struct simnic_profile profiles[] = {
	{ .name = "full", EVERYTHING },
	{ .name = "mlx5-like", MLX5_LIKE },
	/*
	 * simnic has no connection tracking in any profile; a suite can ask for this one by name all
	 * the same.
	 */
	{ .name = "no-ct", MLX5_LIKE },
	{ .name = "no-int-port", MLX5_LIKE, .int_port = false },
	{ .name = "no-geneve-option-match", MLX5_LIKE, .geneve_options = 0 },
	{ .name = "one-chain", MLX5_LIKE, .prios = false },
	{ .name = "small-table", MLX5_LIKE, .table_size = 64 },
	/*
	 * Room for Ethernet, IPv4, UDP, GENEVE (50 bytes) and an option of one dword, but not for
	 * IPv6 or a second option.
	 */
	{ .name = "small-header", MLX5_LIKE, .encap_header = 58 },
	{ .name = "no-encap", MLX5_LIKE, .encap = false },
	{ .name = "none", .refuse_all = KBUILD_MODNAME ": this profile offloads no rule" },
};

const struct simnic_profile *simnic_profile_find(const char *name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		if (sysfs_streq(name, profiles[i].name))
			return &profiles[i];
	return NULL;
}

int simnic_profile_names(char *buf, size_t size)
{
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		len += scnprintf(buf + len, size - len, "%s%s", i ? " " : "", profiles[i].name);
	return len;
}
