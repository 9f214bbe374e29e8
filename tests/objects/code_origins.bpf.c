// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// How programs make the numbers that they count by, with, and under: what `init` reads from
// their code where names say nothing. Slots of histograms by a logarithm and by division,
// times that have passed, processes and system calls as keys, settings that shut ways, events
// that no BTF describes.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

const volatile _Bool in_milliseconds = 0;
const volatile _Bool by_thread = 0;
const volatile _Bool with_details = 0;
const volatile __u32 limit = 100;

struct hist {
  __u32 slots[20];
};

struct totals {
  __u64 count;
  __u64 sum;
  __u64 largest;
  __u32 details[20];
};

#define HASH(NAME, KEY, VALUE)       \
  struct {                           \
    __uint(type, BPF_MAP_TYPE_HASH); \
    __uint(max_entries, 64);         \
    __type(key, KEY);                \
    __type(value, VALUE);            \
  } NAME SEC(".maps")

HASH(started, __u32, __u64);
HASH(delays, __u32, struct hist);
HASH(plus_one, __u32, struct hist);
HASH(divided, __u32, struct hist);
HASH(as_it_is, __u32, struct hist);
HASH(by_process, __u32, struct totals);
HASH(by_call, __u32, __u64);
HASH(filter, __u32, __u32);

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} sent SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} reserved SEC(".maps");

struct hist for_all;
__u64 spent[4];

static __always_inline __u32 log2_of(__u32 v) {
  __u32 shift, r;

  r = (v > 0xffff) << 4;
  v >>= r;
  shift = (v > 0xff) << 3;
  v >>= shift;
  r |= shift;
  shift = (v > 0xf) << 2;
  v >>= shift;
  r |= shift;
  shift = (v > 0x3) << 1;
  v >>= shift;
  r |= shift;
  return r | (v >> 1);
}

static __always_inline __u32 log2_of_long(__u64 v) {
  __u32 high = v >> 32;

  return high ? log2_of(high) + 32 : log2_of(v);
}

static __always_inline void count(struct hist* hist, __u64 slot) {
  if (slot > 19) slot = 19;
  if (hist) __sync_fetch_and_add(&hist->slots[slot], 1);
}

SEC("raw_tp/sched_switch")
int measure(void* ctx) {
  __u64 ids = bpf_get_current_pid_tgid();
  __u32 thread = ids, process = ids >> 32, all_processes = 0xffffffff;
  __u32 key = by_thread ? thread : all_processes;
  __u64* begun = bpf_map_lookup_elem(&started, &thread);
  struct totals* totals;
  __u64 passed;

  if (!begun) return 0;
  if (with_details && !bpf_map_lookup_elem(&filter, &process)) return 0;
  passed = bpf_ktime_get_ns() - *begun;
  passed /= in_milliseconds ? 1000000 : 1000;
  count(bpf_map_lookup_elem(&delays, &key), log2_of_long(passed));
  count(&for_all, log2_of_long(passed));
  totals = bpf_map_lookup_elem(&by_process, &process);
  if (totals) {
    totals->count++;
    totals->sum += passed;
    if (passed > totals->largest) totals->largest = passed;
    if (with_details) totals->details[passed & 15]++;
  }
  spent[thread & 3] += passed;
  bpf_map_delete_elem(&started, &thread);
  return 0;
}

SEC("raw_tp/sched_wakeup")
int begin(void* ctx) {
  __u32 thread = bpf_get_current_pid_tgid();
  __u64 now = bpf_ktime_get_ns();

  bpf_map_update_elem(&started, &thread, &now, BPF_ANY);
  return 0;
}

struct call {
  __u64 common;
  long number;
};

SEC("tracepoint/raw_syscalls/sys_enter")
int calls(struct call* call) {
  __u32 number = call->number;
  __u32 key = bpf_get_prandom_u32();
  __u64* value = bpf_map_lookup_elem(&by_call, &number);

  if (value) __sync_fetch_and_add(value, 1);
  count(bpf_map_lookup_elem(&plus_one, &key), log2_of(key) + 1);
  count(bpf_map_lookup_elem(&divided, &key), key / 200);
  count(bpf_map_lookup_elem(&as_it_is, &key), key);
  return 0;
}

struct event {
  __u64 delay_ns;
  __u32 process;
  __u32 what;
  char comm[16];
};

SEC("tracepoint/syscalls/sys_enter_sync")
int send(void* ctx) {
  struct event event = {};
  __u32 thread = bpf_get_current_pid_tgid();
  __u64* begun = bpf_map_lookup_elem(&started, &thread);

  event.process = bpf_get_current_pid_tgid() >> 32;
  event.what = begun ? 7 : 3;
  if (begun) event.delay_ns = bpf_ktime_get_ns() - *begun;
  bpf_get_current_comm(event.comm, sizeof(event.comm));
  bpf_perf_event_output(ctx, &sent, BPF_F_CURRENT_CPU, &event, sizeof(event));
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_fsync")
int reserve(void* ctx) {
  struct event* event = bpf_ringbuf_reserve(&reserved, sizeof(*event), 0);

  if (!event) return 0;
  event->delay_ns = 0;
  event->process = bpf_get_current_pid_tgid() >> 32;
  event->what = 1;
  bpf_get_current_comm(event->comm, sizeof(event->comm));
  bpf_ringbuf_submit(event, 0);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
