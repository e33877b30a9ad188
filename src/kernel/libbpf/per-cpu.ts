import { possibleCpus } from './calls.js'
import { refused } from './errors.js'
import type { Field } from './layout.js'
import { BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_HASH } from './numbers.js'

const TYPES: readonly number[] = [BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_PERCPU_HASH]

export function isPerCpu(mapType: number): boolean {
  return TYPES.includes(mapType)
}

let cpus: number | undefined

/** CPUs that may ever be there (/sys/devices/system/cpu/possible), not only those that are. */
export function cpuCount(): number {
  cpus ??= possibleCpus()
  if (cpus < 1) throw refused('count the possible CPUs', { errno: -cpus })
  return cpus
}

/** A value per possible CPU, each from a multiple of eight bytes on (kernel/bpf/syscall.c bpf_map_value_size). */
export function perCpu<T>(field: Field<T>): Field<T[]> {
  const stride = (field.size + 7) & ~7
  const offsets = Array.from({ length: cpuCount() }, (_, cpu) => cpu * stride)
  return {
    size: stride * offsets.length,
    get: (view, at) => offsets.map((offset) => field.get(view, at + offset)),
    set(view, at, values) {
      if (values.length !== offsets.length) {
        throw new RangeError(`${values.length} values, there are ${offsets.length} possible CPUs`)
      }
      values.forEach((value, cpu) => {
        field.set(view, at + cpu * stride, value)
      })
    },
  }
}
