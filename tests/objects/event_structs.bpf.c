// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Structs of the kernel's beside a program's own, as vmlinux.h brings them: what a context is, what
 * CO-RE reads, and what these lead to has nothing to do with the events that ring buffer `events`
 * carries, however it is called. With NONE defined, clang leaves the struct of the events out of
 * BTF, and no struct of the object's own is left.
 */
#include "bpfmap_exporter.bpf.h"

#include <bpf/bpf_core_read.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct mm_event_count {
  long count;
};
struct perf_event {
  struct mm_event_count mm;
  __u32 state;
};
struct task_struct {
  int pid;
  struct perf_event* event;
  struct mm_event_count rss_event;
};
#pragma clang attribute pop

/* A context whose fields no program reads: no relocation tells of it. */
struct trace_event_raw_sched_process_exec {
  struct trace_event_header {
    __u16 type;
  } header;
};

struct event {
  __u32 pid;
  __u32 state;
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");

/* Keys are pointers to the kernel's, as of maps that remember requests. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, struct task_struct*);
  __type(value, __u64);
} begun SEC(".maps");

#ifndef NONE
struct started_event {
  __u64 at;
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(
      value, struct { struct started_event last; });
} started SEC(".maps");

/* A function of the program's own, with both kinds of structs. */
static __noinline int fill(struct event* event, struct task_struct* task) {
  event->pid = BPF_CORE_READ(task, pid);
  event->state = BPF_CORE_READ(task, event, state);
  return 0;
}
#endif

SEC("tp/sched/sched_process_exec")
int on_exec(struct trace_event_raw_sched_process_exec* ctx) {
  struct task_struct* task = (void*)bpf_get_current_task();
  struct event event = {};

#ifdef NONE
  event.pid = BPF_CORE_READ(task, pid);
  event.state = BPF_CORE_READ(task, event, state);
#else
  fill(&event, task);
#endif
  bpf_ringbuf_output(&events, &event, sizeof(event), 0);
  return ctx == 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
