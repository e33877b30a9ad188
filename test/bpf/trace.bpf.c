// SPDX-License-Identifier: GPL-2.0-only
// Entry and exit of a kernel function that `ip link set … alias …` calls, seen with its arguments and result.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

__u64 entered;
__u64 left;
__u32 ifindex;
__s32 result;

SEC("fentry/dev_set_alias")
int BPF_PROG(on_entry, struct net_device *dev)
{
	ifindex = dev->ifindex;
	__sync_fetch_and_add(&entered, 1);
	return 0;
}

SEC("fexit/dev_set_alias")
int BPF_PROG(on_exit, struct net_device *dev, const char *alias, unsigned long length, int status)
{
	result = status;
	__sync_fetch_and_add(&left, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
