// SPDX-License-Identifier: GPL-2.0-only
/* Where a rule sends packets: ports and tunnels (en/tc/act/mirred.c and redirect_ingress.c). */
#include <linux/if_vlan.h>

#include "actions.h"
#include "encap.h"
#include "int_port.h"
#include "netdev.h"

static int output(struct simnic_builder *b, struct simnic_vport *vport)
{
	simnic_builder_add(b, SIMNIC_OUTPUT)->vport = vport;
	b->outputs++;
	b->forwards = true;
	return 0;
}

/* mirred.c, verify_uplink_forwarding */
static int check_uplink_pair(struct simnic_builder *b, const struct net_device *out)
{
	const struct simnic_netdev *nd = netdev_priv(out);

	if (!simnic_is_uplink(b->parse->vport) || !simnic_is_rep(out) || !simnic_is_uplink(nd->vport))
		return 0;
	if (!b->parse->pf->profile->uplink_hairpin) {
		NL_SET_ERR_MSG_MOD(b->parse->extack, "devices are both uplink, can't offload forwarding");
		return -EOPNOTSUPP;
	}
	if (out != b->parse->dev) {
		NL_SET_ERR_MSG_MOD(b->parse->extack, "devices are not the same uplink, can't offload forwarding");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* mirred.c, parse_mirred: the target shows the same switch id. */
static int output_to_device(struct simnic_builder *b, struct net_device *out)
{
	struct simnic_parse *parse = b->parse;
	struct simnic_netdev *nd;
	unsigned int i;
	int err;

	for (i = 0; i < b->num_devs; i++) {
		if (b->devs[i] == out->ifindex) {
			NL_SET_ERR_MSG_MOD(parse->extack, "can't duplicate output to same device");
			return -EOPNOTSUPP;
		}
	}
	b->devs[b->num_devs++] = out->ifindex;
	while (is_vlan_dev(out)) {
		err = simnic_push_vlan(b, vlan_dev_vlan_proto(out), vlan_dev_vlan_id(out));
		if (err)
			return err;
		out = vlan_dev_real_dev(out);
	}
	err = check_uplink_pair(b, out);
	if (err)
		return err;
	nd = netdev_priv(out);
	/*
	 * en_tc.c, mlx5e_is_valid_eswitch_fwd_dev, without merged eswitch and LAG: a sibling PF of
	 * the same card is another eswitch.
	 */
	if (!simnic_is_rep(out) || nd->vport->pf != parse->pf) {
		NL_SET_ERR_MSG_MOD(parse->extack, "devices are not on same switch HW, can't offload forwarding");
		return -EOPNOTSUPP;
	}
	if (nd->vport == parse->vport && !simnic_is_uplink(nd->vport)) {
		NL_SET_ERR_MSG_MOD(parse->extack, "can't forward from a VF to itself");
		return -EOPNOTSUPP;
	}
	return output(b, nd->vport);
}

/*
 * mirred.c, parse_mirred_encap: the header is made when everything else is known to be right, see
 * simnic_attach_encaps()
 */
static int output_to_tunnel(struct simnic_builder *b, struct net_device *out)
{
	b->encaps[b->num_encaps].info = b->tunnel;
	b->encaps[b->num_encaps].dev = out;
	b->num_encaps++;
	b->tunnel = NULL;
	simnic_builder_add(b, SIMNIC_ENCAP)->encap = NULL;
	b->outputs++;
	b->forwards = true;
	return 0;
}

/* mirred.c, parse_mirred_ovs_master; redirect_ingress.c, tc_act_parse_redirect_ingress */
static int output_to_int_port(struct simnic_builder *b, const struct net_device *out, bool egress)
{
	struct simnic_int_port *port = simnic_int_port_get(b->parse->pf, out->ifindex, egress);

	if (IS_ERR(port))
		return PTR_ERR(port);
	simnic_builder_add(b, SIMNIC_TO_INT_PORT)->int_port = port;
	b->outputs++;
	b->forwards = true;
	b->to_int_port = true;
	return 0;
}

/* mirred.c, tc_act_can_offload_mirred */
int simnic_parse_mirred(struct simnic_builder *b, const struct flow_action_entry *act)
{
	struct simnic_parse *parse = b->parse;
	struct net_device *out = act->dev;

	if (!out)
		return -EOPNOTSUPP;
	if (b->pushes_mpls) {
		NL_SET_ERR_MSG_MOD(parse->extack, "mpls is supported only through a bareudp device");
		return -EOPNOTSUPP;
	}
	if (b->pops_eth) {
		NL_SET_ERR_MSG_MOD(parse->extack, "vlan pop eth is supported only with mpls push");
		return -EOPNOTSUPP;
	}
	if (b->outputs >= SIMNIC_MAX_OUTPUTS) {
		NL_SET_ERR_MSG_MOD(parse->extack, "can't support more output ports, can't offload forwarding");
		return -EOPNOTSUPP;
	}
	if (b->tunnel)
		return output_to_tunnel(b, out);
	if (netdev_port_same_parent_id(parse->dev, out))
		return output_to_device(b, out);
	if (netif_is_ovs_master(out))
		return output_to_int_port(b, out, true);
	/*
	 * A tunnel device's rule is offered to every NIC of the node. Those that don't own the
	 * target keep silent.
	 */
	if (parse->filter_dev != parse->dev)
		return -EOPNOTSUPP;
	NL_SET_ERR_MSG_MOD(parse->extack, "devices are not on same switch HW, can't offload forwarding");
	return -EOPNOTSUPP;
}

/* redirect_ingress.c, tc_act_can_offload_redirect_ingress */
int simnic_parse_redirect_ingress(struct simnic_builder *b, const struct flow_action_entry *act)
{
	struct netlink_ext_ack *extack = b->parse->extack;

	if (!act->dev)
		return -EOPNOTSUPP;
	if (!netif_is_ovs_master(act->dev))
		NL_SET_ERR_MSG_MOD(extack, "redirect to ingress is supported only for OVS internal ports");
	else if (simnic_on_int_port(b->parse))
		NL_SET_ERR_MSG_MOD(extack, "redirect to ingress is not supported from internal port");
	else if (!b->ptype_host)
		NL_SET_ERR_MSG_MOD(extack, "redirect to int port ingress requires ptype=host action");
	else if (b->outputs)
		NL_SET_ERR_MSG_MOD(extack,
				   "redirect to int port ingress is supported only as single destination");
	else
		return output_to_int_port(b, act->dev, false);
	return -EOPNOTSUPP;
}

/* en/tc_tun_encap.c, mlx5e_tc_tun_encap_dests_set */
int simnic_attach_encaps(struct simnic_builder *b)
{
	struct simnic_encap *encaps[SIMNIC_MAX_OUTPUTS];
	unsigned int i, j, n = 0;

	for (i = 0; i < b->rule->num_actions; i++) {
		struct simnic_action *action = &b->rule->actions[i];
		struct simnic_encap *encap;

		if (action->type != SIMNIC_ENCAP)
			continue;
		encap = simnic_encap_get(b->parse->pf, b->encaps[n].dev, b->encaps[n].info, b->parse->extack);
		if (IS_ERR(encap))
			return PTR_ERR(encap);
		action->encap = encap;
		for (j = 0; j < n; j++) {
			if (encaps[j] == encap) {
				NL_SET_ERR_MSG_MOD(b->parse->extack, "can't duplicate encap action");
				return -EOPNOTSUPP;
			}
		}
		encaps[n++] = encap;
	}
	return 0;
}
