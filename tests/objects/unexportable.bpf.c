// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Map jumps, a PROG_ARRAY, and nothing else: there is nothing to export. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u32);
} jumps SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
