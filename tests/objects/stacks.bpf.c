// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Stacks of one process, by id and in keys. Maps: stack_traces holds stacks, build_ids would hold
 * such of another kind; by_id has ids of stacks in its key, in_key a stack itself, calls an address
 * of a process. Programs: count_enters for system calls, count_calls for a function that the
 * configuration names. Variable: target. */
#include "bpfmap_exporter.bpf.h"

#define DEPTH 16

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, 1024);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, 32 * sizeof(__u64));
} stack_traces SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(map_flags, BPF_F_STACK_BUILD_ID);
  __uint(max_entries, 4);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, 4 * 32);
} build_ids SEC(".maps");

struct by_id_key {
  __u32 pid;
  __s32 kernel;
  __s32 user;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct by_id_key);
  __type(value, __u64);
} by_id SEC(".maps");

struct in_key_key {
  __u64 frames[DEPTH];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct in_key_key);
  __type(value, __u64);
} in_key SEC(".maps");

struct call_key {
  __u64 address;
  __u64 pid_tgid;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct call_key);
  __type(value, __u64);
} calls SEC(".maps");

const volatile __u32 target = 0;

static __always_inline void count_ids(void* ctx) {
  struct by_id_key key = {
      .pid = bpf_get_current_pid_tgid() >> 32,
      .kernel = bpf_get_stackid(ctx, &stack_traces, 0),
      .user = bpf_get_stackid(ctx, &stack_traces, BPF_F_USER_STACK),
  };

  bpfmap_increment(&by_id, &key, 1);
}

SEC("raw_tp/sys_enter")
int count_enters(void* ctx) {
  struct in_key_key key = {};

  if (bpf_get_current_pid_tgid() >> 32 != target) return 0;
  count_ids(ctx);
  bpf_get_stack(ctx, key.frames, sizeof(key.frames), 0);
  bpfmap_increment(&in_key, &key, 1);
  return 0;
}

SEC("uprobe")
int count_calls(void* ctx) {
  struct call_key key = {.pid_tgid = bpf_get_current_pid_tgid()};

  if (key.pid_tgid >> 32 != target) return 0;
  count_ids(ctx);
  bpf_get_stack(ctx, &key.address, sizeof(key.address), BPF_F_USER_STACK);
  bpfmap_increment(&calls, &key, 1);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
