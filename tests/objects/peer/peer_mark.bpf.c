// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Counts how often the exporter says that everything is attached. */
#include "peer.bpf.h"

PEER_MAP(ARRAY, 1, marks_total, __u32);

SEC("uprobe//proc/self/exe:post_attach_mark")
int count_mark(void* ctx) {
  __u32 zero = 0;
  __u64* count = bpf_map_lookup_elem(&marks_total, &zero);

  if (count) __sync_fetch_and_add(count, 1);
  return 0;
}
