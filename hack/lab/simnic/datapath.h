/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIMNIC_DATAPATH_H
#define SIMNIC_DATAPATH_H

#include "key.h"

struct simnic_int_port;
struct simnic_rule;

/* A packet on its way through the tables. */
struct simnic_packet {
	struct simnic_pf *pf;
	struct simnic_vport *vport;	/* where it came in */
	struct sk_buff *skb;
	struct sk_buff *original;	/* before the first change by a rule that goes on in another chain */
	struct simnic_key plain;	/* the packet as it is */
	struct simnic_key tunnel;	/* outer and inner headers, where it is a tunnel packet */
	struct simnic_outer outer;
	unsigned int depth;		/* how often it came out of an internal port */
};

enum simnic_verdict {
	SIMNIC_DONE,		/* the packet is consumed */
	SIMNIC_GO_ON,		/* look up in *chain */
	SIMNIC_TO_HOST,		/* to the representor, as it is now */
};

/* datapath.c: under RCU with bottom halves off; each takes the packet */
void simnic_from_far(struct simnic_vport *vport, struct sk_buff *skb);
void simnic_from_rep(struct simnic_vport *vport, struct sk_buff *skb);
void simnic_output(struct simnic_vport *vport, struct sk_buff *skb);
void simnic_to_host(struct simnic_vport *vport, struct sk_buff *skb);
void simnic_from_int_port(struct simnic_int_port *port, struct sk_buff *skb, unsigned int depth);

/* execute.c */
enum simnic_verdict simnic_execute(struct simnic_packet *packet, struct simnic_rule *rule, u32 *chain);

/* legacy.c */
void simnic_legacy_from_far(struct simnic_vport *vport, struct sk_buff *skb);
void simnic_legacy_from_pf(struct simnic_pf *pf, struct sk_buff *skb);

#endif
