/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simnic: a stand-in for a switchdev SR-IOV NIC. It accepts and refuses TC rules as mlx5 does, and
 * executes what it accepts.
 */
#ifndef SIMNIC_H
#define SIMNIC_H

#include <linux/etherdevice.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/workqueue.h>
#include <net/devlink.h>

#include "profile.h"

#define SIMNIC_DRIVER		"simnic"
#define SIMNIC_FW_VERSION	"1.0.1000"
#define SIMNIC_BOARD_ID		"SIM0000000001"
#define SIMNIC_MAX_CARDS	8
#define SIMNIC_MAX_CARD_PFS	2
#define SIMNIC_FIRST_BUS	0xd8
#define SIMNIC_VENDOR		0x1af4
#define SIMNIC_PF_DEVICE	0x5e5e
#define SIMNIC_VF_DEVICE	0x5e5f
#define SIMNIC_VXLAN_PORTS	4
#define SIMNIC_REFUSE_TEXT	256

struct simnic_encap;
struct simnic_rule;

struct simnic_counter {
	atomic64_t packets;
	atomic64_t bytes;
};

static inline void simnic_count(struct simnic_counter *c, unsigned int bytes)
{
	atomic64_inc(&c->packets);
	atomic64_add(bytes, &c->bytes);
}

/*
 * A port of the eswitch. Behind it is the far side: a VF's own netdev, or for the uplink the far
 * end of the cable. On the host's side stands its representor: pf0vf3, or for the uplink p0.
 */
struct simnic_vport {
	struct simnic_pf *pf;
	int vf;				/* SIMNIC_UPLINK, or the VF's number */
	struct net_device __rcu *rep;
	struct net_device __rcu *far;
	u8 mac[ETH_ALEN];		/* of the VF, as the port function's hw_addr */
	struct devlink_port dl_port;
	struct simnic_counter from_far;	/* entered the eswitch from the far side */
	struct simnic_counter to_far;	/* left it towards the far side */
	atomic64_t lost;		/* towards a far side that is down, absent or too small */
	struct list_head groups;	/* struct simnic_group, by chain and priority; RCU, written under pf->lock */
};

#define SIMNIC_UPLINK (-1)
#define SIMNIC_INT_PORT (-2)	/* in a struct simnic_int_port */

static inline bool simnic_is_uplink(const struct simnic_vport *vport)
{
	return vport->vf == SIMNIC_UPLINK;
}

struct simnic_card {
	int index;
	int num_pfs;
	int first_pf;			/* its running number over all cards */
	struct pci_bus *bus;
	struct netdev_phys_item_id switch_id;
};

/* What a test tells the NIC to do wrong. */
struct simnic_faults {
	int refuse;			/* so many of the next rules */
	int refuse_errno;
	char *refuse_text;		/* empty: none; outlives the PF, see simnic_refuse_text() */
	bool carry;			/* false: accept rules, but let packets miss them */
	bool table_full;
	bool cable;			/* false: the cable is pulled */
};

/*
 * The one GENEVE option that the parser of mlx5-like hardware can be taught (lib/geneve.c,
 * mlx5_geneve_tlv_option_add).
 */
struct simnic_geneve_tlv {
	__be16 opt_class;
	u8 type;
	u8 length;
	unsigned int users;
};

struct simnic_pf {
	struct simnic_card *card;
	struct pci_dev *pdev;
	struct devlink *devlink;
	int number;			/* counted over all cards */
	int func;			/* function on the card */
	int total_vfs;
	int num_vfs;			/* under the devlink lock */
	bool up;			/* netdevs exist; under the devlink lock */
	u16 mode;			/* written under the devlink lock and pf->lock */
	u8 inline_mode;
	enum devlink_eswitch_encap_mode encap_mode;
	struct simnic_vport uplink;
	struct simnic_vport *vfs;
	bool indirect;			/* registered for tunnel devices' blocks */

	struct mutex lock;		/* all below, and every vport's groups */
	const struct simnic_profile *profile;
	struct simnic_faults faults;
	DECLARE_HASHTABLE(rules, 10);	/* by TC's cookie */
	unsigned int num_rules;
	struct list_head encaps;
	struct list_head int_ports;
	struct list_head meters;
	struct simnic_geneve_tlv tlv;
	__be16 vxlan_ports[SIMNIC_VXLAN_PORTS];

	atomic_t tunnel_rules;		/* rules that need the outer headers parsed */
	atomic_t pending;		/* asynchronous work under way */
	atomic64_t table_hits;
	atomic64_t table_misses;
	struct workqueue_struct *wq;
	struct delayed_work stats_work;
	struct dentry *debugfs;
};

/* main.c */
extern unsigned int simnic_max_delay_ms;
extern const struct simnic_profile *simnic_default_profile;
extern int simnic_total_vfs;
enum simnic_object {
	SIMNIC_OBJ_RULES,
	SIMNIC_OBJ_GROUPS,
	SIMNIC_OBJ_ENCAPS,
	SIMNIC_OBJ_DECAPS,
	SIMNIC_OBJ_INT_PORTS,
	SIMNIC_OBJ_METERS,
	SIMNIC_OBJ_BLOCKS,
	SIMNIC_OBJ_PORTS,
	SIMNIC_OBJ_WORKS,
	SIMNIC_OBJ_COUNT,
};
void simnic_object_get(enum simnic_object object);
void simnic_object_put(enum simnic_object object);
int simnic_objects_print(char *buf, size_t size);
unsigned long simnic_random_delay(void);
struct simnic_card *simnic_card_of(struct pci_dev *pdev);

/* pci_bus.c */
int simnic_bus_add(struct simnic_card *card);
void simnic_bus_remove(struct simnic_card *card);

/* pci_driver.c */
int simnic_pci_register(void);
void simnic_pci_unregister(void);

/* pf.c */
struct simnic_pf *simnic_pf_create(struct simnic_card *card, struct pci_dev *pdev);
void simnic_pf_destroy(struct simnic_pf *pf);
int simnic_pf_up(struct simnic_pf *pf);
void simnic_pf_down(struct simnic_pf *pf);
void simnic_pf_settle(struct simnic_pf *pf);
int simnic_pf_reset(struct simnic_pf *pf);
int simnic_pf_set_num_vfs(struct simnic_pf *pf, int num);
bool simnic_pf_pending(struct simnic_pf *pf);

/* eswitch.c */
int simnic_eswitch_set_mode(struct simnic_pf *pf, u16 mode, struct netlink_ext_ack *extack);
int simnic_eswitch_add_reps(struct simnic_pf *pf, int first, int end);
void simnic_eswitch_remove_reps(struct simnic_pf *pf, int first, int end);
void simnic_eswitch_to_legacy(struct simnic_pf *pf);

/* devlink.c */
extern const struct devlink_ops simnic_devlink_ops;
int simnic_devlink_port_add(struct simnic_vport *vport);
void simnic_devlink_port_remove(struct simnic_vport *vport);

/* udp_ports.c */
extern const struct udp_tunnel_nic_info simnic_udp_tunnels;
bool simnic_is_vxlan_port(struct simnic_pf *pf, __be16 port);
void simnic_udp_ports_reset(struct simnic_pf *pf);

/* neighbour.c */
int simnic_neighbour_init(void);
void simnic_neighbour_exit(void);

/* stats.c */
void simnic_stats_init(struct simnic_pf *pf);
void simnic_stats_start(struct simnic_pf *pf);
bool simnic_stats_stale(struct simnic_pf *pf);

/* tc.c */
int simnic_rep_setup_tc(struct net_device *dev, enum tc_setup_type type, void *type_data);
int simnic_tc_bind_tunnels(struct simnic_pf *pf);
void simnic_tc_unbind_tunnels(struct simnic_pf *pf);

/* debugfs.c */
void simnic_debugfs_init(void);
void simnic_debugfs_exit(void);
void simnic_debugfs_add(struct simnic_pf *pf);
void simnic_debugfs_remove(struct simnic_pf *pf);
char *simnic_refuse_text(struct simnic_pf *pf);

#endif
