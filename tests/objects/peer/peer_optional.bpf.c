// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Two programs: one attaches everywhere, the other nowhere. */
#include "peer.bpf.h"

PEER_MAP(ARRAY, 1, optional_total, __u32);

SEC("raw_tp/sys_enter")
int good(void* ctx) {
  __u32 zero = 0;
  __u64 one = 1;

  bpf_map_update_elem(&optional_total, &zero, &one, BPF_ANY);
  return 0;
}

SEC("raw_tp/there_is_no_such_tracepoint")
int bad(void* ctx) { return 0; }
