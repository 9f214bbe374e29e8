// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs of which some do not load, anywhere: bad_access and bad_pointer are rejected by the
 * verifier, bad_target is made for a function that no kernel has. good counts system calls and
 * stores `marker` in the second entry of map `seen`; on_demand (SEC("?...")) loads only where a
 * request names it.
 */
#include "../../objects/hits.bpf.h"

const volatile __u64 marker = 1;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} seen SEC(".maps");

SEC("xdp")
int bad_access(struct xdp_md* ctx) {
  const __u8* packet = (void*)(long)ctx->data;

  return packet[100] ? XDP_PASS : XDP_DROP;
}

SEC("fentry/no_kernel_has_this_function")
int bad_target(__u64* ctx) { return 0; }

SEC("raw_tp/sys_exit")
int bad_pointer(struct bpf_raw_tracepoint_args* ctx) { return *(volatile int*)(ctx->args[0]); }

SEC("raw_tp/sys_enter")
int good(struct bpf_raw_tracepoint_args* ctx) {
  __u32 zero = 0;
  __u64 copy = marker;

  hit();
  bpf_map_update_elem(&seen, &zero, &copy, BPF_ANY);
  return 0;
}

SEC("?raw_tp/sys_enter")
int on_demand(struct bpf_raw_tracepoint_args* ctx) {
  hit();
  return 0;
}
