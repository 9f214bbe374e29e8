// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// Events that end with an array of which only as much is sent as is filled, put together in a map.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct run {
  __u32 process;
  __u32 size;
  char path[256];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct run);
} runs SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} executed SEC(".maps");

static const struct run blank;

struct enter {
  __u64 common;
  long number;
  const char* path;
};

SEC("tracepoint/syscalls/sys_enter_execve")
int begin(struct enter* enter) {
  __u32 thread = bpf_get_current_pid_tgid();
  struct run* run;
  long size;

  bpf_map_update_elem(&runs, &thread, &blank, BPF_ANY);
  run = bpf_map_lookup_elem(&runs, &thread);
  if (!run) return 0;
  run->process = bpf_get_current_pid_tgid() >> 32;
  size = bpf_probe_read_user_str(run->path, sizeof(run->path), enter->path);
  run->size = size < 0 ? 0 : size;
  return 0;
}

SEC("tracepoint/syscalls/sys_exit_execve")
int end(void* ctx) {
  __u32 thread = bpf_get_current_pid_tgid();
  struct run* run = bpf_map_lookup_elem(&runs, &thread);
  __u64 size;

  if (!run) return 0;
  size = 8 + (__u64)run->size;
  if (size <= sizeof(*run)) bpf_perf_event_output(ctx, &executed, BPF_F_CURRENT_CPU, run, size);
  bpf_map_delete_elem(&runs, &thread);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
