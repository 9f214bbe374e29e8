// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Writes the values of a task storage map to the reader of the iterator: for each thread that has
 * one a struct task_key and the value, without gaps. `storage` is replaced by the map to read.
 *
 * The iterator walks by thread id: a read that stops half way goes on behind the same thread.
 */
#include "iter.bpf.h"

struct bpf_iter__task {
  struct bpf_iter_meta* meta;
  struct task_struct* task; /* null at the end of the walk */
};

struct task_struct___named {
  int pid;
  int tgid;
  char comm[16];
} BPFMAP_CO_RE;

struct task_key {
  __u32 pid; /* of the thread */
  __u32 tgid;
  char comm[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} storage SEC(".maps");

const volatile __u32 value_size = sizeof(__u64);

SEC("iter/task")
int write_task(struct bpf_iter__task* ctx) {
  struct task_struct* task = ctx->task;
  struct task_struct___named* named = (void*)task;
  struct task_key key;
  void* value;

  if (!task) return 0;
  value = bpf_task_storage_get(&storage, task, 0, 0); /* makes none where there is none */
  if (!value) return 0;
  key.pid = named->pid;
  key.tgid = named->tgid;
#pragma unroll
  for (int i = 0; i < (int)sizeof(key.comm); ++i) key.comm[i] = named->comm[i];
  bpf_seq_write(ctx->meta->seq, &key, sizeof(key));
  bpf_seq_write(ctx->meta->seq, value, value_size);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
