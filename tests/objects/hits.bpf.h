/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A map `hits` with one number, and hit(), which adds 1 to it. */
#ifndef BPFMAP_TESTS_HITS_BPF_H
#define BPFMAP_TESTS_HITS_BPF_H

#include "bpfmap_exporter.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} hits SEC(".maps");

static __always_inline void hit(void) {
  __u32 zero = 0;
  __u64* count = bpf_map_lookup_elem(&hits, &zero);

  if (count) bpfmap_add(count, 1);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
