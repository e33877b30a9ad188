// SPDX-License-Identifier: GPL-2.0-only
// A plain tracepoint, attached through tracefs: the last text that the kernel said about a netlink request (NL_SET_ERR_MSG…).
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char text[128];

/* /sys/kernel/tracing/events/netlink/netlink_extack/format: four common fields, then where the text is. */
struct netlink_extack {
	__u64 common;
	__u32 text; /* __data_loc: length << 16 | offset from the beginning */
};

SEC("tracepoint/netlink/netlink_extack")
int on_text(struct netlink_extack *context)
{
	bpf_probe_read_kernel_str(text, sizeof(text), (void *)context + (context->text & 0xffff));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
