// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Program reads_past_end: reads a packet without a look at its length, which the verifier refuses.
 * Program count_syscalls: would be accepted, if the other one were left out. Map: hits.
 */
#include "hits.bpf.h"

SEC("xdp")
int reads_past_end(struct xdp_md* ctx) {
  const __u8* packet = (void*)(long)ctx->data;

  hit();
  return packet[100] ? XDP_PASS : XDP_DROP;
}

SEC("raw_tp/sys_enter")
int count_syscalls(struct bpf_raw_tracepoint_args* ctx) {
  hit();
  return 0;
}
