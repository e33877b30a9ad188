/** Numbers of linux/bpf.h (6.12) by their names there. */
export const BPF_MAP_TYPE_PERCPU_HASH = 5
export const BPF_MAP_TYPE_PERCPU_ARRAY = 6
export const BPF_MAP_TYPE_LRU_PERCPU_HASH = 10
export const BPF_MAP_TYPE_RINGBUF = 27

export const BPF_PROG_TYPE_SCHED_CLS = 3
export const BPF_PROG_TYPE_TRACING = 26

export const BPF_TRACE_FENTRY = 24
export const BPF_TCX_INGRESS = 46
export const BPF_TCX_EGRESS = 47

export const BPF_F_REPLACE = 1 << 2
export const BPF_F_BEFORE = 1 << 3
export const BPF_F_AFTER = 1 << 4
export const BPF_F_LINK = 1 << 13

export const BPF_LINK_TYPE_PERF_EVENT = 7
export const BPF_LINK_TYPE_TCX = 11
