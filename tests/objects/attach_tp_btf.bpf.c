// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_switches, on a BTF typed tracepoint. Needs BTF in the kernel. Map: hits. */
#include "hits.bpf.h"

SEC("tp_btf/sched_switch")
int count_switches(__u64* ctx) {
  hit();
  return 0;
}
