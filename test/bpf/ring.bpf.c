// SPDX-License-Identifier: GPL-2.0-only
// A classifier that tells of every packet through a ring of one page; those without room are counted.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u64 number;
	__u32 length;
	char name[12];
};
const struct event *event_type __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

__u64 number;
__u64 lost;

SEC("tc")
int tell(struct __sk_buff *skb)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return TC_ACT_OK;
	}
	event->number = __sync_fetch_and_add(&number, 1);
	event->length = skb->len;
	__builtin_memcpy(event->name, "nicsteer\0\0\0", sizeof(event->name));
	bpf_ringbuf_submit(event, 0);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
