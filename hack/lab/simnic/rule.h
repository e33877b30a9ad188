/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIMNIC_RULE_H
#define SIMNIC_RULE_H

#include <net/flow_offload.h>
#include <net/pkt_cls.h>

#include "key.h"

#define SIMNIC_MAX_OUTPUTS 32	/* eswitch.h, MLX5_MAX_FLOW_FWD_VPORTS */

enum simnic_action_type {
	SIMNIC_OUTPUT,		/* to a port */
	SIMNIC_ENCAP,		/* outer headers on, and to the wire or an internal port */
	SIMNIC_TO_INT_PORT,	/* into the tables again, from there */
	SIMNIC_DROP,
	SIMNIC_SLOW,		/* to the host: trap, accept */
	SIMNIC_GOTO,
	SIMNIC_VLAN_PUSH,
	SIMNIC_VLAN_POP,
	SIMNIC_VLAN_SET,
	SIMNIC_REWRITE,
	SIMNIC_POLICE,
};

struct simnic_rewrite {
	enum flow_action_mangle_base header;
	u32 offset;
	u32 mask;		/* bits written; as in the packet */
	u32 value;
	bool add;		/* instead of set */
};

struct simnic_police {
	struct simnic_meter *meter;
	bool drop_exceed;
	bool drop_conform;
	u8 jump_exceed;		/* TC actions to skip; 0: none */
	u8 jump_conform;
};

struct simnic_action {
	enum simnic_action_type type;
	unsigned int ordinal;	/* of the TC action it came from: pedit becomes several */
	union {
		struct simnic_vport *vport;
		struct simnic_encap *encap;
		struct simnic_int_port *int_port;
		u32 chain;
		struct {
			__be16 tpid;
			u16 tci;
		} vlan;
		struct simnic_rewrite rewrite;
		struct simnic_police police;
	};
};

/* Rules of one port, chain, priority and mask: one hash look-up each. */
struct simnic_group {
	struct list_head list;
	struct rcu_head rcu;
	u32 chain;
	u32 prio;
	enum simnic_tunnel tunnel;	/* rules on a tunnel device: the key has the outer headers too */
	struct simnic_key mask;
	unsigned int from, end;		/* bytes of the mask that are not zero */
	unsigned int num_rules;
	struct hlist_head buckets[1 << 10];
};

struct simnic_rule {
	struct hlist_node by_cookie;
	struct hlist_node in_bucket;
	struct rcu_head rcu;
	unsigned long cookie;
	struct simnic_pf *pf;
	struct simnic_vport *vport;
	struct simnic_int_port *source;	/* vport is in it; or NULL */
	struct simnic_group *group;
	char dev_name[IFNAMSIZ];
	struct simnic_key key;

	bool slow;			/* an outer header is missing: packets go to the representor */
	bool modifies;			/* the packet, so that a miss in a later chain needs the original back */
	bool has_goto;
	bool uses_tlv;

	struct simnic_counter hits;	/* what passed, now */
	atomic64_t drops;		/* by its policer */
	unsigned long last_used;	/* jiffies */
	/* Under pf->lock: the last reading of the counters, and what of it TC knows. */
	struct { u64 packets, bytes, drops; unsigned long last_used; } seen;
	struct { u64 packets, bytes, drops; } reported;

	unsigned int num_actions;
	struct simnic_action actions[];
};

/* A rule while it is parsed. */
struct simnic_parse {
	struct simnic_pf *pf;
	struct simnic_vport *vport;	/* where packets come in */
	struct net_device *dev;		/* the representor of the PF that TC offered the rule to */
	struct net_device *filter_dev;	/* the device the filter is on: that one, a tunnel device, an OVS internal port */
	struct flow_cls_offload *cls;
	struct flow_rule *flow;
	struct netlink_ext_ack *extack;
	u32 chain;
	u32 prio;
	enum simnic_tunnel tunnel;
	struct simnic_key key;
	struct simnic_key mask;
	u8 match_level;			/* devlink's inline modes, in their order */
	bool uses_tlv;
	bool reverse_route;		/* both outer addresses are matched */
	struct simnic_int_port *source;	/* packets come from there instead of vport */
};

/* Its filters are those of the port's egress, see tc.c. */
static inline bool simnic_on_int_port(const struct simnic_parse *parse)
{
	return netif_is_ovs_master(parse->filter_dev);
}

int simnic_rule_replace(struct simnic_vport *vport, struct net_device *filter_dev, struct flow_cls_offload *cls);
int simnic_rule_destroy(struct simnic_pf *pf, struct flow_cls_offload *cls);
int simnic_rule_stats(struct simnic_pf *pf, struct flow_cls_offload *cls);
void simnic_rules_flush(struct simnic_pf *pf);
void simnic_rules_update_slow(struct simnic_pf *pf);

/* match.c, match_tunnel.c */
int simnic_match_parse(struct simnic_parse *parse);
int simnic_match_tunnel(struct simnic_parse *parse);
void simnic_match_set(void *key, void *mask, const void *from_key, const void *from_mask, size_t size);
void simnic_tlv_put(struct simnic_pf *pf);

/* actions.c, pedit.c */
struct simnic_rule *simnic_actions_parse(struct simnic_parse *parse);
void simnic_actions_release(struct simnic_rule *rule);
struct simnic_pedit;
struct simnic_pedit *simnic_pedit_alloc(void);
int simnic_pedit_add(struct simnic_pedit *pedit, const struct flow_action_entry *act, struct netlink_ext_ack *extack);
int simnic_pedit_check(struct simnic_pedit *pedit, struct simnic_parse *parse);

/* table.c */
int simnic_table_insert(struct simnic_parse *parse, struct simnic_rule *rule);
void simnic_table_remove(struct simnic_rule *rule);
struct simnic_rule *simnic_table_lookup(struct simnic_vport *vport, u32 chain, const struct simnic_key *plain,
					const struct simnic_key *tunnel, enum simnic_tunnel type);

#define SIMNIC_MATCH_SET(parse, field, from_key, from_mask) \
	simnic_match_set(&(parse)->key.field, &(parse)->mask.field, &(from_key), &(from_mask), \
			 sizeof((parse)->key.field))

#endif
