// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Map legacy_hits in the way of before libbpf 1.0, SEC("maps") and struct bpf_map_def, which libbpf
 * refuses to open since then. Program: count_syscalls.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct bpf_map_def {
  unsigned int type;
  unsigned int key_size;
  unsigned int value_size;
  unsigned int max_entries;
  unsigned int map_flags;
};

struct bpf_map_def SEC("maps") legacy_hits = {
    .type = BPF_MAP_TYPE_ARRAY,
    .key_size = sizeof(__u32),
    .value_size = sizeof(__u64),
    .max_entries = 1,
};

SEC("raw_tp/sys_enter")
int count_syscalls(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  __u64* count = bpf_map_lookup_elem(&legacy_hits, &zero);

  if (count) __sync_fetch_and_add(count, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
