// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A map `shared_hits` that loaders share by its name; with -DWIDE it has other parameters. Program
 * count_syscalls counts into it.
 */
#include "bpfmap_exporter.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
#ifdef WIDE
  __uint(max_entries, 8);
#else
  __uint(max_entries, 1);
#endif
  __type(key, __u32);
  __type(value, __u64);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} shared_hits SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} own_hits SEC(".maps");

static __always_inline void add(void* map) {
  __u32 zero = 0;
  __u64* count = bpf_map_lookup_elem(map, &zero);

  if (count) bpfmap_add(count, 1);
}

SEC("raw_tp/sys_enter")
int count_syscalls(struct bpf_raw_tracepoint_args* ctx) {
  add(&shared_hits);
  add(&own_hits);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
