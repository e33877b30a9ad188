// SPDX-License-Identifier: GPL-2.0-only
// What the verifier refuses: a read behind the end of a packet that was not checked.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int unchecked(struct __sk_buff *skb)
{
	return *(__u8 *)(long)skb->data;
}

char LICENSE[] SEC("license") = "GPL";
