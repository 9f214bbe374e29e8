// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Events that a test makes as it likes: prctl(0x45564e54, op, bytes, latency_us, where) of the
 * thread group `target`, which the kernel itself refuses. Program send_event makes a struct request
 * of each, whose status is -(op % 3), and whose comm is that of the thread with rubbish behind it.
 *
 * `where` is 0 for the ring buffer `events`, 1 for the perf event array `perf_events`, 2 for the
 * ring buffer `small`, which has one page. With 16 added the event is cut off behind `status`.
 */
#include "bpfmap_exporter.bpf.h"

enum operation { OP_READ, OP_WRITE, OP_SYNC };

struct request {
  enum operation op;
  __s32 status;
  __u64 bytes;
  __u64 latency_us;
  char comm[16];
};

/* What the tracepoint's program gets: events/syscalls/sys_enter_prctl/format. */
struct prctl_entry {
  __u64 common;
  long id;
  unsigned long option;
  unsigned long args[4];
};

#define PRCTL_EVENT 0x45564e54

__u32 target;

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 20);
  __type(value, struct request);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} small SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __type(key, __u32);
  __type(value, struct request);
} perf_events SEC(".maps");

/* Nothing but this keeps the struct in BTF. */
struct kept_by_a_pointer {
  __u32 number;
};
const struct kept_by_a_pointer* kept __attribute__((unused));

struct nothing {};
const struct nothing* empty __attribute__((unused));
typedef struct {
  __u32 number;
} numbered;
const numbered* numbered_too __attribute__((unused));

SEC("tracepoint/syscalls/sys_enter_prctl")
int send_event(struct prctl_entry* entry) {
  struct request event;
  unsigned long where = entry->args[3];

  if (entry->option != PRCTL_EVENT || bpf_get_current_pid_tgid() >> 32 != target) return 0;
  __builtin_memset(&event, 0, sizeof(event));
  event.op = entry->args[0];
  event.status = -(__s32)(event.op % 3);
  event.bytes = entry->args[1];
  event.latency_us = entry->args[2];
  bpf_get_current_comm(&event.comm, sizeof(event.comm));
  event.comm[15] = (char)event.bytes;
  switch (where) {
    case 0: bpfmap_ringbuf_output(&events, &event, sizeof(event)); break;
    case 1:
      bpf_perf_event_output(entry, &perf_events, BPF_F_CURRENT_CPU, &event, sizeof(event));
      break;
    case 2: bpfmap_ringbuf_output(&small, &event, sizeof(event)); break;
    case 16: bpfmap_ringbuf_output(&events, &event, 8); break;
    case 17: bpf_perf_event_output(entry, &perf_events, BPF_F_CURRENT_CPU, &event, 8); break;
  }
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
