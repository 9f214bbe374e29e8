// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Counts the ticks of a clock, on every CPU. */
#include "peer.bpf.h"

PEER_MAP(PERCPU_ARRAY, 1, ticks_total, __u32);

/* Software events, the CPU clock. */
SEC("perf_event/type=1,config=0,frequency=99")
int count_ticks(void* ctx) {
  __u32 zero = 0;
  __u64* count = bpf_map_lookup_elem(&ticks_total, &zero);

  if (count) *count += 1;
  return 0;
}
