// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The helpers of bpfmap_exporter.bpf.h, for BPF_PROG_TEST_RUN: no program needs to be attached.
 *
 * Program find_slots reads input, step and max_slot (.bss) and writes exp2_slot and linear_slot.
 * Program increment_key adds `delta` to the entry `key` of map counters, which has room for two,
 * and writes increment_result.
 */
#include "bpfmap_exporter.bpf.h"

__u64 input, step, delta;
__u32 max_slot, key;
__u32 exp2_slot, linear_slot;
int increment_result;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} counters SEC(".maps");

SEC("tc")
int find_slots(struct __sk_buff* skb) {
  exp2_slot = bpfmap_exp2_slot(input, max_slot);
  linear_slot = bpfmap_linear_slot(input, step, max_slot);
  return 0;
}

SEC("tc")
int increment_key(struct __sk_buff* skb) {
  __u32 copy = key;

  increment_result = bpfmap_increment(&counters, &copy, delta);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
