// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_syscalls, on a raw tracepoint. Map: hits. */
#include "hits.bpf.h"

SEC("raw_tp/sys_enter")
int count_syscalls(struct bpf_raw_tracepoint_args* ctx) {
  hit();
  return 0;
}
