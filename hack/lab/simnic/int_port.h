/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIMNIC_INT_PORT_H
#define SIMNIC_INT_PORT_H

#include "simnic.h"

/* An OVS internal port, in one direction, as a PF's eswitch knows it. */
struct simnic_int_port {
	struct list_head list;		/* pf->int_ports */
	struct rcu_head rcu;
	unsigned int users;		/* rules and encaps; under pf->lock */
	int ifindex;
	bool egress;			/* what leaves by the port; else what it receives */
	struct simnic_vport vport;	/* the source that rules match: only groups, no netdev behind it */
};

struct simnic_int_port *simnic_int_port_get(struct simnic_pf *pf, int ifindex, bool egress);
void simnic_int_port_put(struct simnic_int_port *port);
void simnic_int_port_to_host(struct simnic_vport *vport, struct sk_buff *skb);

#endif
