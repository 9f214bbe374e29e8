// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Run queue latency: how long tasks that want to run wait for a CPU.
 *
 * Map `runqlat`: one entry, struct latency. A task waits from the moment when it is woken, created
 * or switched out although it wants to run on, until it is switched in.
 */
#include "bpfmap_exporter.bpf.h"
#include "core.bpf.h"

#define SLOTS 27 /* le 1 us ... 2^25 us (34 s), and what took longer */

struct latency {
  __u64 total_us;
  __u64 slots[SLOTS];
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct latency);
} runqlat SEC(".maps");

/*
 * Since when each thread has been waiting, 0 while it is not. Written in place, which is cheaper
 * than an insertion and a deletion per switch. LRU, so that threads that have ended need no care:
 * if an id is used again, its new thread passes sched_wakeup_new, which sets the time anew, before
 * it runs for the first time.
 */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 32768);
  __type(key, __u32); /* thread id */
  __type(value, __u64);
} waiting_since SEC(".maps");

static __always_inline int start_waiting(struct task_struct* task) {
  __u64 now = bpf_ktime_get_ns();
  __u32 tid = task->pid;
  __u64* since;

  /* The idle tasks, one per CPU, all have the id 0. */
  if (!tid) return 0;
  since = bpf_map_lookup_elem(&waiting_since, &tid);
  if (since)
    *since = now;
  else
    bpf_map_update_elem(&waiting_since, &tid, &now, BPF_ANY);
  return 0;
}

/* Interrupts are off in sched_switch: nothing else adds on this CPU meanwhile, no atomics here. */
static __always_inline int stop_waiting(struct task_struct* task) {
  __u64 now = bpf_ktime_get_ns();
  __u32 tid = task->pid, zero = 0;
  __u64 *since, start;
  struct latency* latency;

  if (!tid) return 0;
  since = bpf_map_lookup_elem(&waiting_since, &tid);
  if (!since || !*since) return 0;
  start = *since;
  *since = 0;

  latency = bpf_map_lookup_elem(&runqlat, &zero);
  /* The clocks of two CPUs may differ by a few nanoseconds. */
  if (!latency || now < start) return 0;
  latency->slots[bpfmap_exp2_slot(bpfmap_us_rounded_up(now - start), SLOTS - 1)]++;
  latency->total_us += bpfmap_us_between(start, now);
  return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(task_wakeup, struct task_struct* task) { return start_waiting(task); }

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(task_wakeup_new, struct task_struct* task) { return start_waiting(task); }

/* Whatever its state says, a preempted task stays in the queue: it was only going to sleep. */
SEC("tp_btf/sched_switch")
int BPF_PROG(task_switch, bool preempt, struct task_struct* prev, struct task_struct* next) {
  if (preempt || task_is_runnable(prev)) start_waiting(prev);
  return stop_waiting(next);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
