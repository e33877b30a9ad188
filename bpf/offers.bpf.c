// SPDX-License-Identifier: GPL-2.0-only
// Every rule that the kernel offers to hardware (net/sched/cls_api.c tc_setup_cb_add), with all that drivers and core say meanwhile: entry,
// texts (NL_SET_ERR_MSG…) and exit are in one thread, so a text belongs to its rule exactly, whoever installs it and whether or not he asked.
// Flower, also when it replaces a filter (cls_flower.c fl_hw_replace_filter), matchall and u32 offer by this function alone.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define IFNAMSIZ 16
#define TASK_COMM_LEN 16
/* A driver's last words: mlx5 says up to three for one rule, and each of several drivers may say some. A power of two. */
#define TEXTS 4
/* include/linux/netlink.h NETLINK_MAX_FMTMSG_LEN is 80; texts that aren't formatted may be longer. */
#define TEXT_LEN 128
/* include/net/act_api.h TCA_ACT_MAX_PRIO is 32; a pedit is several entries. */
#define MAX_ENTRIES 64
#define MAX_DRIVERS 64
/* linux/pkt_cls.h TC_COOKIE_MAX_SIZE */
#define COOKIE_LEN 16

enum event_kind { OFFER = 1, TEXT = 2 };
enum direction { UNKNOWN, INGRESS, EGRESS };

struct offer_event {
	__u64 time;   /* CLOCK_MONOTONIC, nanoseconds: when it was offered, or said */
	__u64 filter; /* what drivers know the rule by: flow_cls_offload.cookie, flower's own struct */
	__u32 event;  /* enum event_kind; a text has the task, netns, texts and said */
	__u32 pid;    /* of the thread, as the kernel counts */
	__u32 tgid;   /* of the process */
	__u32 netns;  /* inode of the block's network namespace; of a text's, the task's */
	__u32 ifindex; /* 0: a block that several devices share, or that is gone */
	__u32 block;   /* index of a shared block; 0: the device's own */
	__u32 direction;
	__u32 chain;
	__u32 priority;
	__u32 protocol; /* host order */
	__u32 handle;   /* 0: not known */
	__u32 before;   /* TCA_CLS_FLAGS_* */
	__u32 after;
	__u32 took;  /* in_hw_count */
	__u32 asked; /* drivers whose block this is, up to MAX_DRIVERS */
	__s32 status;
	__u32 said; /* texts, also those that found no room */
	__u32 size; /* of the action cookie: that of the last action that has one */
	__u8 cookie[COOKIE_LEN];
	char device[IFNAMSIZ];
	char classifier[IFNAMSIZ];
	char comm[TASK_COMM_LEN];
	char texts[TEXTS][TEXT_LEN];
};
/* Keeps the type in the object's BTF, where readers compare their layout with it. */
const struct offer_event *offer_event_type __attribute__((unused));

/* The kernel's own, as far as they are read here; where their members are is looked up when the program is loaded. */
#define KERNEL __attribute__((preserve_access_index))

enum tc_setup_type { TC_SETUP_CLSFLOWER };

struct ns_common { unsigned int inum; } KERNEL;
struct net { struct ns_common ns; } KERNEL;
struct nsproxy { struct net *net_ns; } KERNEL;
struct task_struct { struct nsproxy *nsproxy; } KERNEL;
struct net_device { int ifindex; char name[IFNAMSIZ]; } KERNEL;
struct netdev_queue { struct net_device *dev; } KERNEL;
struct Qdisc { struct netdev_queue *dev_queue; } KERNEL;
struct list_head { struct list_head *next; } KERNEL;
struct flow_block { struct list_head cb_list; } KERNEL;
struct tcf_block { __u32 index; __u32 classid; struct net *net; struct Qdisc *q; struct flow_block flow_block; } KERNEL;
struct tcf_chain { __u32 index; } KERNEL;
struct tcf_proto_ops { char kind[IFNAMSIZ]; } KERNEL;
struct tcf_proto { __be16 protocol; __u32 prio; const struct tcf_proto_ops *ops; struct tcf_chain *chain; } KERNEL;
struct flow_action_cookie { __u32 cookie_len; __u8 cookie[]; } KERNEL;
struct flow_action_entry { struct flow_action_cookie *user_cookie; } KERNEL;
struct flow_action { unsigned int num_entries; struct flow_action_entry entries[]; } KERNEL;
struct flow_rule { struct flow_action action; } KERNEL;
struct flow_cls_offload { unsigned long cookie; struct flow_rule *rule; } KERNEL;
/* Private to cls_flower; in the BTF of the module, where that is loaded. */
struct cls_fl_filter { __u32 handle; } KERNEL;

/* 0: of every network namespace. Otherwise the inode of the one that is listened to. */
const volatile __u32 only_netns;
/* Also rules that hardware took without a word. */
const volatile __u8 also_accepted;

/* Events that found no room. */
__u64 lost;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} events SEC(".maps");

/* By thread: the call that it is in. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct offer_event);
} calls SEC(".maps");

static const struct offer_event nothing;

static __always_inline void note_loss(void)
{
	__sync_fetch_and_add(&lost, 1);
}

static __always_inline void who_and_when(struct offer_event *event)
{
	__u64 task = bpf_get_current_pid_tgid();

	event->time = bpf_ktime_get_ns();
	event->pid = (__u32)task;
	event->tgid = task >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
}

static __always_inline void keep_text(struct offer_event *event, const char *text)
{
	__u32 at = event->said++;

	if (at < TEXTS)
		bpf_probe_read_kernel_str(event->texts[at & (TEXTS - 1)], TEXT_LEN, text);
}

static __always_inline int is_wanted(__u32 netns)
{
	return only_netns == 0 || only_netns == netns;
}

SEC("raw_tp/netlink_extack")
int on_text(struct bpf_raw_tracepoint_args *context)
{
	const char *text = (const char *)context->args[0];
	__u64 task = bpf_get_current_pid_tgid();
	struct offer_event *event = bpf_map_lookup_elem(&calls, &task);
	struct task_struct *current;
	__u32 netns;

	if (event) {
		keep_text(event, text);
		return 0;
	}
	current = (struct task_struct *)bpf_get_current_task();
	netns = BPF_CORE_READ(current, nsproxy, net_ns, ns.inum);
	if (!is_wanted(netns))
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		note_loss();
		return 0;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->event = TEXT;
	event->netns = netns;
	who_and_when(event);
	keep_text(event, text);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("fentry/tc_setup_cb_add")
int BPF_PROG(on_offer, struct tcf_block *block, struct tcf_proto *tp, int type, void *type_data, _Bool err_stop, __u32 *flags)
{
	__u64 task = bpf_get_current_pid_tgid();
	struct offer_event *event;

	/* In the place of one whose end was missed, too. */
	if (bpf_map_update_elem(&calls, &task, &nothing, BPF_ANY)) {
		note_loss();
		return 0;
	}
	event = bpf_map_lookup_elem(&calls, &task);
	if (!event)
		return 0;
	event->event = OFFER;
	who_and_when(event);
	bpf_probe_read_kernel(&event->before, sizeof(event->before), flags);
	return 0;
}

static __always_inline void note_place(struct offer_event *event, struct tcf_block *block, struct tcf_proto *tp)
{
	/* A shared block has none (cls_api.c tcf_block_create). */
	struct net_device *device = BPF_CORE_READ(block, q, dev_queue, dev);
	/* What the request named as the filter's parent (cls_api.c tc_new_tfilter); of a shared block its index. */
	__u32 parent = BPF_CORE_READ(block, classid);

	event->netns = BPF_CORE_READ(block, net, ns.inum);
	event->block = BPF_CORE_READ(block, index);
	if (device) {
		event->ifindex = BPF_CORE_READ(device, ifindex);
		BPF_CORE_READ_INTO(&event->device, device, name);
		if (parent == TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS))
			event->direction = INGRESS;
		else if (parent == TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS))
			event->direction = EGRESS;
	}
	event->chain = BPF_CORE_READ(tp, chain, index);
	event->priority = BPF_CORE_READ(tp, prio) >> 16;
	event->protocol = bpf_ntohs(BPF_CORE_READ(tp, protocol));
	BPF_CORE_READ_INTO(&event->classifier, tp, ops, kind);
}

static __always_inline __u32 count_drivers(struct tcf_block *block)
{
	struct list_head *head = __builtin_preserve_access_index(&block->flow_block.cb_list);
	struct list_head *at = BPF_CORE_READ(head, next);
	__u32 count = 0;

	while (count < MAX_DRIVERS && at && at != head) {
		at = BPF_CORE_READ(at, next);
		count++;
	}
	return count;
}

/* The cookie that who installed the rule gave its actions: a flow's ufid of Open vSwitch, nicsteer's mark. */
static __always_inline void note_cookie(struct offer_event *event, struct flow_rule *rule)
{
	void *entries = __builtin_preserve_access_index(&rule->action.entries);
	__u32 count = BPF_CORE_READ(rule, action.num_entries);
	struct flow_action_cookie *last = 0;
	__u32 size;

	for (__u32 i = 0; i < MAX_ENTRIES && i < count; i++) {
		struct flow_action_entry *entry = entries + i * bpf_core_type_size(struct flow_action_entry);
		struct flow_action_cookie *cookie = BPF_CORE_READ(entry, user_cookie);

		if (cookie)
			last = cookie;
	}
	if (!last)
		return;
	size = BPF_CORE_READ(last, cookie_len);
	if (size > COOKIE_LEN)
		size = COOKIE_LEN;
	event->size = size;
	bpf_probe_read_kernel(event->cookie, size, __builtin_preserve_access_index(&last->cookie));
}

static __always_inline void note_flower(struct offer_event *event, struct flow_cls_offload *offload)
{
	struct cls_fl_filter *filter = (void *)BPF_CORE_READ(offload, cookie);

	event->filter = (__u64)filter;
	if (bpf_core_field_exists(filter->handle))
		event->handle = BPF_CORE_READ(filter, handle);
	note_cookie(event, BPF_CORE_READ(offload, rule));
}

SEC("fexit/tc_setup_cb_add")
int BPF_PROG(on_answer, struct tcf_block *block, struct tcf_proto *tp, int type, void *type_data, _Bool err_stop, __u32 *flags,
	     unsigned int *in_hw_count, _Bool rtnl_held, int status)
{
	__u64 task = bpf_get_current_pid_tgid();
	struct offer_event *event = bpf_map_lookup_elem(&calls, &task);

	if (!event)
		return 0;
	event->status = status;
	event->asked = count_drivers(block);
	bpf_probe_read_kernel(&event->after, sizeof(event->after), flags);
	bpf_probe_read_kernel(&event->took, sizeof(event->took), in_hw_count);
	note_place(event, block, tp);
	if ((__u64)type == bpf_core_enum_value(enum tc_setup_type, TC_SETUP_CLSFLOWER))
		note_flower(event, type_data);
	/* Where no driver was asked, nobody refused. */
	if (is_wanted(event->netns) &&
	    (also_accepted || status || event->said || (event->asked && !(event->after & TCA_CLS_FLAGS_IN_HW))) &&
	    bpf_ringbuf_output(&events, event, sizeof(*event), 0))
		note_loss();
	bpf_map_delete_elem(&calls, &task);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
