// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A map that no kernel creates: with a flag that is not defined. */
#include "bpfmap_exporter.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __uint(map_flags, 0x10000000);
  __type(key, __u32);
  __type(value, __u64);
} impossible SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
