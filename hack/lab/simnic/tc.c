// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where TC offers its rules: the blocks of representors and uplinks, and through indirect blocks
 * those of tunnel devices, and of OVS internal ports' egress (en/rep/tc.c).
 */
#include <linux/slab.h>
#include <net/flow_offload.h>
#include <net/pkt_cls.h>

#include "encap.h"
#include "netdev.h"
#include "rule.h"

static int flower(struct simnic_vport *vport, struct net_device *filter_dev, struct flow_cls_offload *cls)
{
	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return simnic_rule_replace(vport, filter_dev, cls);
	case FLOW_CLS_DESTROY:
		return simnic_rule_destroy(vport->pf, cls);
	case FLOW_CLS_STATS:
		return simnic_rule_stats(vport->pf, cls);
	default:
		return -EOPNOTSUPP;
	}
}

static int rep_block_cb(enum tc_setup_type type, void *type_data, void *priv)
{
	struct simnic_netdev *nd = priv;

	return type == TC_SETUP_CLSFLOWER ? flower(nd->vport, nd->dev, type_data) : -EOPNOTSUPP;
}

/* Both lists are under rtnl, as all binding of blocks is. */
static LIST_HEAD(rep_blocks);
static LIST_HEAD(tunnel_blocks);

int simnic_rep_setup_tc(struct net_device *dev, enum tc_setup_type type, void *type_data)
{
	struct simnic_netdev *nd = netdev_priv(dev);
	struct flow_block_offload *f = type_data;
	int err;

	if (type != TC_SETUP_BLOCK)
		return -EOPNOTSUPP;
	f->unlocked_driver_cb = true;
	/* Ingress only: mlx5e_rep_setup_tc */
	err = flow_block_cb_setup_simple(f, &rep_blocks, rep_block_cb, nd, nd, true);
	if (err)
		return err;
	if (f->command == FLOW_BLOCK_BIND)
		simnic_object_get(SIMNIC_OBJ_BLOCKS);
	else
		simnic_object_put(SIMNIC_OBJ_BLOCKS);
	return 0;
}

/* The block of a tunnel device or internal port, as seen by one PF. */
struct tunnel_block {
	struct simnic_pf *pf;
	struct net_device *dev;
};

static int tunnel_block_cb(enum tc_setup_type type, void *type_data, void *priv)
{
	struct tunnel_block *block = priv;

	return type == TC_SETUP_CLSFLOWER ? flower(&block->pf->uplink, block->dev, type_data) : -EOPNOTSUPP;
}

static void tunnel_block_release(void *priv)
{
	kfree(priv);
	simnic_object_put(SIMNIC_OBJ_BLOCKS);
}

static struct flow_block_cb *find_tunnel_block(struct simnic_pf *pf, struct net_device *dev)
{
	struct flow_block_cb *cb;

	list_for_each_entry(cb, &tunnel_blocks, driver_list) {
		struct tunnel_block *block = cb->cb_priv;

		if (block->pf == pf && block->dev == dev)
			return cb;
	}
	return NULL;
}

static int bind(struct simnic_pf *pf, struct net_device *dev, struct Qdisc *sch,
		struct flow_block_offload *f, void *data, void (*cleanup)(struct flow_block_cb *cb))
{
	struct tunnel_block *block;
	struct flow_block_cb *cb;

	if (find_tunnel_block(pf, dev))
		return -EEXIST;
	block = kmalloc(sizeof(*block), GFP_KERNEL);
	if (!block)
		return -ENOMEM;
	block->pf = pf;
	block->dev = dev;
	cb = flow_indr_block_cb_alloc(tunnel_block_cb, block, block, tunnel_block_release, f, dev, sch,
				      data, pf, cleanup);
	if (IS_ERR(cb)) {
		kfree(block);
		return PTR_ERR(cb);
	}
	simnic_object_get(SIMNIC_OBJ_BLOCKS);
	flow_block_cb_add(cb, f);
	list_add_tail(&cb->driver_list, &tunnel_blocks);
	return 0;
}

static int unbind(struct simnic_pf *pf, struct net_device *dev, struct flow_block_offload *f)
{
	struct flow_block_cb *cb = find_tunnel_block(pf, dev);

	if (!cb)
		return -ENOENT;
	flow_indr_block_cb_remove(cb, f);
	list_del(&cb->driver_list);
	return 0;
}

/*
 * mlx5e_rep_check_indr_block_supported; whether the NIC knows internal ports is looked at when a rule
 * comes (rule.c).
 */
static bool takes_block(const struct net_device *dev, enum flow_block_binder_type type)
{
	return netif_is_ovs_master(dev) ? type == FLOW_BLOCK_BINDER_TYPE_CLSACT_EGRESS :
					  simnic_tunnel_of(dev) && type == FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS;
}

/*
 * mlx5e_rep_indr_setup_cb; blocks of all namespaces come here, a rule's namespace is looked at when
 * it comes (rule.c).
 */
static int tunnel_setup_cb(struct net_device *dev, struct Qdisc *sch, void *priv,
			   enum tc_setup_type type, void *type_data, void *data,
			   void (*cleanup)(struct flow_block_cb *cb))
{
	struct flow_block_offload *f = type_data;

	if (!dev || type != TC_SETUP_BLOCK || !takes_block(dev, f->binder_type))
		return -EOPNOTSUPP;
	f->unlocked_driver_cb = true;
	f->driver_block_list = &tunnel_blocks;
	return f->command == FLOW_BLOCK_BIND ? bind(priv, dev, sch, f, data, cleanup) : unbind(priv, dev, f);
}

/*
 * Each PF registers by itself, as each mlx5 uplink does: a rule on a tunnel device is offered to
 * all of them. Not under rtnl.
 */
int simnic_tc_bind_tunnels(struct simnic_pf *pf)
{
	int err = flow_indr_dev_register(tunnel_setup_cb, pf);

	pf->indirect = !err;
	return err;
}

/* The core takes the rules back one by one. Not under rtnl: it takes that itself. */
void simnic_tc_unbind_tunnels(struct simnic_pf *pf)
{
	if (!pf->indirect)
		return;
	flow_indr_dev_unregister(tunnel_setup_cb, pf, tunnel_block_release);
	pf->indirect = false;
}
