// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_sleeps, on what nanosleep() calls. Needs a kernel with kprobes. Map: hits. */
#include "hits.bpf.h"

SEC("kprobe/do_nanosleep")
int count_sleeps(void* ctx) {
  hit();
  return 0;
}
