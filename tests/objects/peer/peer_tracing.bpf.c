// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A program that only writes spans, and one that the verifier refuses. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} spans SEC(".maps");

SEC("raw_tp/sys_enter")
int write_spans(void* ctx) {
  __u64 now = bpf_ktime_get_ns();

  bpf_ringbuf_output(&spans, &now, sizeof(now), 0);
  return 0;
}

SEC("xdp/lo")
int reads_past_end(struct xdp_md* ctx) {
  const __u8* packet = (void*)(long)ctx->data;

  return packet[100] ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
