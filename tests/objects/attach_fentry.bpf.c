// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_sleeps, on what nanosleep() calls. A locked down kernel refuses it. Map: hits. */
#include "hits.bpf.h"

SEC("fentry/do_nanosleep")
int count_sleeps(__u64* ctx) {
  hit();
  return 0;
}
