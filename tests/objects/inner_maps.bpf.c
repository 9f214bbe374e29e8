// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Maps in maps; maps only.
 *
 *   first, second  ARRAYs of two numbers, the inner maps
 *   by_index       ARRAY_OF_MAPS with three slots: first, second, and an empty one
 *   by_id          HASH_OF_MAPS, empty, which tests fill with what has the shape of first
 */
#include "bpfmap_exporter.bpf.h"

struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 3);
  __type(key, __u32);
  __array(values, struct inner);
} by_index SEC(".maps") = {
    .values = {&first, &second},
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 64);
  __type(key, __u32);
  __array(values, struct inner);
} by_id SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
