// SPDX-License-Identifier: GPL-2.0-only
// Every text that the kernel says about a netlink request (NL_SET_ERR_MSG…), with the task that asked: also when nobody asked for
// the text, as with `tc filter add` without skip_sw or verbose, where the request succeeds and the refusal of a driver is lost.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TASK_COMM_LEN 16
/* include/linux/netlink.h NETLINK_MAX_FMTMSG_LEN is 80; texts that aren't formatted may be longer. */
#define TEXT_LEN 128

struct extack_event {
	__u64 time; /* CLOCK_MONOTONIC, nanoseconds */
	__u32 pid;  /* of the thread, as the kernel counts */
	__u32 tgid; /* of the process */
	char comm[TASK_COMM_LEN];
	char text[TEXT_LEN];
};
/* Keeps the type in the object's BTF, where readers compare their layout with it. */
const struct extack_event *extack_event_type __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* Events that found no room. */
__u64 lost;

/* Raw: a plain tracepoint is attached through tracefs, which containers often lack. */
SEC("raw_tp/netlink_extack")
int netlink_extack(struct bpf_raw_tracepoint_args *context)
{
	struct extack_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	__u64 task;

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->time = bpf_ktime_get_ns();
	task = bpf_get_current_pid_tgid();
	event->pid = (__u32)task;
	event->tgid = task >> 32;
	/* What is left of a field must not be what was in the buffer before. */
	__builtin_memset(event->comm, 0, sizeof(event->comm));
	__builtin_memset(event->text, 0, sizeof(event->text));
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_probe_read_kernel_str(event->text, sizeof(event->text), (const void *)context->args[0]);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
