// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * When a process last called one system call, by both clocks of times since boot, and by what name:
 * map calls. Entry 0 of map never is not written. Set process and call before loading.
 */
#include "bpfmap_exporter.bpf.h"

const volatile __u32 process = 0;
const volatile __s64 call = 0;

struct last_call {
  __u64 count;
  __u64 by_boot;
  __u64 by_monotonic;
  char comm[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct last_call);
} calls SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, struct last_call);
} by_cpu SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct last_call);
} never SEC(".maps");

static __always_inline void note(struct last_call* last) {
  bpfmap_add(&last->count, 1);
  last->by_boot = bpf_ktime_get_boot_ns();
  last->by_monotonic = bpf_ktime_get_ns();
  bpf_get_current_comm(last->comm, sizeof(last->comm));
}

SEC("raw_tp/sys_enter")
int note_call(struct bpf_raw_tracepoint_args* ctx) {
  const __u32 zero = 0;
  const struct last_call empty = {};
  struct last_call* last;

  if ((__s64)ctx->args[1] != call || bpf_get_current_pid_tgid() >> 32 != process) return 0;
  last = bpf_map_lookup_elem(&calls, &zero);
  if (last) note(last);
  bpf_map_update_elem(&by_cpu, &zero, &empty, BPF_NOEXIST);
  last = bpf_map_lookup_elem(&by_cpu, &zero);
  if (last) note(last);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
