// SPDX-License-Identifier: GPL-2.0-only
// Maps of the kinds that the binding knows, and a classifier that counts in them: what a packet does is in its first byte.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct key {
	__u8 mac[6];
	__u16 index;
	__be32 vni;
};

struct tunnel {
	__be32 local;
	__u32 ifindex;
	struct {
		__be16 port;
		__u8 ttl;
		__u8 flags;
	} outer;
	__u64 packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 200000);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key);
	__type(value, struct tunnel);
} rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

struct counters {
	__u64 packets;
	__u32 last;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct counters);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} per_cpu_hash SEC(".maps");

struct prefix {
	__u32 length;
	__be32 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} prefixes SEC(".maps");

/* Neither its key nor its value has a type. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 8);
} untyped SEC(".maps");

/* The kernel has no batches for it. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} devices SEC(".maps");

const volatile __u32 verdict = TC_ACT_OK;
__u64 seen;

SEC("tc")
int count(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct counters *counters = bpf_map_lookup_elem(&per_cpu, &zero);

	__sync_fetch_and_add(&seen, 1);
	if (counters) {
		counters->packets++;
		counters->last = skb->len;
	}
	return verdict;
}

/* Another one for the same place, so that one can replace the other. */
SEC("tc")
int shot(struct __sk_buff *skb)
{
	return TC_ACT_SHOT;
}

/* Its first two bytes the other way round. */
SEC("tc")
int swap(struct __sk_buff *skb)
{
	__u8 head[2], swapped[2];

	if (bpf_skb_load_bytes(skb, 0, head, sizeof(head)))
		return TC_ACT_SHOT;
	swapped[0] = head[1];
	swapped[1] = head[0];
	if (bpf_skb_store_bytes(skb, 0, swapped, sizeof(swapped), 0))
		return TC_ACT_SHOT;
	skb->cb[0] = 7;
	return skb->mark == 5 ? TC_ACT_PIPE : TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
