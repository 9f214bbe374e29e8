// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs that count the same in several ways, each into its entry of map `counts`: the first two
 * work nowhere (missing does not load, unreachable does not attach), the others on sys_enter
 * everywhere. on_demand is loaded only where a configuration names it.
 */
#include "bpfmap_exporter.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 6);
  __type(key, __u32);
  __type(value, __u64);
} counts SEC(".maps");

static __always_inline int count(__u32 index) {
  __u64* value = bpf_map_lookup_elem(&counts, &index);

  if (value) bpfmap_add(value, 1);
  return 0;
}

SEC("fentry/no_kernel_has_this_function")
int missing(__u64* ctx) { return count(0); }

SEC("uprobe//no/such/binary:main")
int unreachable(void* ctx) { return count(1); }

SEC("tp_btf/sys_enter")
int by_btf(__u64* ctx) { return count(2); }

SEC("raw_tp/sys_enter")
int by_raw(struct bpf_raw_tracepoint_args* ctx) { return count(3); }

SEC("raw_tp/sys_exit")
int leaving(struct bpf_raw_tracepoint_args* ctx) { return count(4); }

SEC("?raw_tp/sys_enter")
int on_demand(struct bpf_raw_tracepoint_args* ctx) { return count(5); }

char LICENSE[] SEC("license") = "Dual BSD/GPL";
