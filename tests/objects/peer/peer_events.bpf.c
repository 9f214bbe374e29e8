// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* An event for each prctl() whose first argument is the magic number, with its second and third. */
#include "peer.bpf.h"

#define MAGIC 0x70656572

struct event {
  __u32 kind;
  __u16 port;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} events_total SEC(".maps");

/* The argument of the tracepoint is the registers of the caller, whose layout no header for BPF
 * has: read what is in rdi, rsi and rdx on x86-64. */
struct caller {
  __u64 skipped[12];
  __u64 dx, si, di, original;
};

SEC("raw_tp/sys_enter")
int report_event(struct bpf_raw_tracepoint_args* ctx) {
  struct caller caller;
  struct event event = {};

  if (bpf_probe_read_kernel(&caller, sizeof(caller), (void*)ctx->args[0])) return 0;
  if (caller.di != MAGIC) return 0;
  event.kind = caller.si;
  event.port = caller.dx;
  bpf_perf_event_output(ctx, &events_total, BPF_F_CURRENT_CPU, &event, sizeof(event));
  return 0;
}
