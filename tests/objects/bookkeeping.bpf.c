// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Map started, a HASH of time stamps, and nothing else: what `init` offers where there is no
 * better. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u64);
} started SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
