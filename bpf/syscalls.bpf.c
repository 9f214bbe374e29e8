// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * System calls: how many, and how long they take, by number.
 *
 * Map `syscalls`: key number (OTHER_SYSCALL for what no kernel knows), value struct syscall_stats.
 * Counted at entry, so that calls that never return (exit) or have not returned yet are counted.
 * The latency is recorded at return; a call that was entered before the programs were
 * attached gets none.
 *
 * Raw tracepoints whose arguments are all that is needed: neither a register nor a field of the
 * kernel is read, so it runs on any architecture, without BTF in the kernel. Numbers are those
 * of the ABI of the caller: a 32-bit process on a 64-bit kernel is counted under the numbers of
 * its own table.
 */
#include "bpfmap_exporter.bpf.h"
#include "core.bpf.h"

#define MAX_SYSCALLS 512
#define OTHER_SYSCALL ((__u32)-1)
#define SLOTS 27 /* le 1 us ... 2^25 us (34 s), and what took longer */

struct syscall_stats {
  __u64 count;
  __u64 total_us;
  __u64 slots[SLOTS];
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, MAX_SYSCALLS + 1);
  __type(key, __u32);
  __type(value, struct syscall_stats);
} syscalls SEC(".maps");

/* start_ns is 0 while the thread is in no system call that the programs have seen it enter. */
struct current_syscall {
  __u64 start_ns;
  __u32 number;
  __u32 unused; /* padding with a name, which an initialiser sets: maps take no stray bytes */
};

/*
 * The system call in which each thread is. Task storage would fit best, but tracing programs may
 * use it only from 5.12 on. An entry is made once per thread and then written in place, by that
 * thread alone: cheaper than an insertion and a deletion per call, and an LRU map needs no guess of
 * how many threads there may be. A thread that is evicted in the middle of a call loses one
 * latency, nothing else.
 */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 32768);
  __type(key, __u32); /* thread id */
  __type(value, struct current_syscall);
} threads SEC(".maps");

static const struct syscall_stats no_stats;

/* A process may ask for any number: without a limit, one could fill the map with nonsense. */
static __always_inline __u32 syscall_number(__u64 id) {
  return id < MAX_SYSCALLS ? id : OTHER_SYSCALL;
}

static __always_inline __u32 thread_id(void) { return (__u32)bpf_get_current_pid_tgid(); }

/* Arguments: struct pt_regs *regs, long id. */
SEC("raw_tp/sys_enter")
int syscall_enter(struct bpf_raw_tracepoint_args* ctx) {
  __u32 number = syscall_number(ctx->args[1]);
  struct syscall_stats* stats = bpfmap_lookup_or_insert(&syscalls, &number, &no_stats);
  struct current_syscall* current;
  __u32 tid = thread_id();

  if (stats) bpfmap_add(&stats->count, 1);

  current = bpf_map_lookup_elem(&threads, &tid);
  if (current) {
    current->number = number;
    current->start_ns = bpf_ktime_get_ns();
  } else {
    struct current_syscall entered = {.number = number, .start_ns = bpf_ktime_get_ns()};

    bpf_map_update_elem(&threads, &tid, &entered, BPF_ANY);
  }
  return 0;
}

/* The number is that of the entry: after execve, the registers are those of another program. */
SEC("raw_tp/sys_exit")
int syscall_exit(struct bpf_raw_tracepoint_args* ctx) {
  __u32 tid = thread_id();
  struct current_syscall* current = bpf_map_lookup_elem(&threads, &tid);
  struct syscall_stats* stats;
  __u64 start_ns, end_ns;
  __u32 slot;

  if (!current || !current->start_ns) return 0;
  start_ns = current->start_ns;
  current->start_ns = 0;
  end_ns = bpf_ktime_get_ns();

  stats = bpf_map_lookup_elem(&syscalls, &current->number);
  if (!stats) return 0;
  slot = bpfmap_exp2_slot(bpfmap_us_rounded_up(end_ns - start_ns), SLOTS - 1);
  bpfmap_add(&stats->slots[slot], 1);
  bpfmap_add(&stats->total_us, bpfmap_us_between(start_ns, end_ns));
  return 0;
}

/*
 * The id of a thread that is gone may be given to a new one, whose first event is the return from
 * the clone() that it never entered. It must not find the entry of the thread that ended in exit().
 */
SEC("raw_tp/sched_process_exit")
int thread_exit(struct bpf_raw_tracepoint_args* ctx) {
  __u32 tid = thread_id();

  bpf_map_delete_elem(&threads, &tid);
  return 0;
}

/*
 * In execve, a thread that is not the first one of its process takes over the id of the first one
 * and leaves its own behind. Arguments: struct task_struct *task, pid_t old_pid, ...
 */
SEC("raw_tp/sched_process_exec")
int thread_exec(struct bpf_raw_tracepoint_args* ctx) {
  __u32 old_tid = ctx->args[1];

  if (old_tid != thread_id()) bpf_map_delete_elem(&threads, &old_tid);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
