// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// Maps and variables that programs use in the usual ways, for what their code tells about
// them. Never loaded.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct flow {
  __u64 packets;
  __u64 bytes;
  __u64 last_seen;
  __u32 state;
  __s32 open;
};

struct choice {
  __u64 last;
  __u64 either;
  __u64 other;
};

struct latency {
  __u64 total;
  __u32 slots[16];
};

#define HASH(NAME, VALUE)            \
  struct {                           \
    __uint(type, BPF_MAP_TYPE_HASH); \
    __uint(max_entries, 64);         \
    __type(key, __u32);              \
    __type(value, VALUE);            \
  } NAME SEC(".maps")

HASH(flows, struct flow);
HASH(started, __u64);
HASH(latencies, struct latency);
HASH(wanted, __u32);
HASH(plain, __u64);
HASH(in_function, __u64);
HASH(to_callback, __u64);
HASH(chosen, struct choice);
HASH(untouched, __u64);

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct flow);
} scratch SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");

__u64 calls;
__u64 by_index[8];
__u64 last_time;

static __noinline void add_one(__u64* value) {
  if (value) *value += 1;
}

static long count_in_callback(__u32 index, void* context) {
  __u64** value = context;
  if (*value) **value += 1;
  return index > 3;
}

SEC("raw_tp/sched_switch")
int count(void* ctx) {
  __u32 key = bpf_get_prandom_u32();
  struct flow fresh = {.packets = 1};
  struct flow* flow = bpf_map_lookup_elem(&flows, &key);

  if (!flow) {
    bpf_map_update_elem(&flows, &key, &fresh, BPF_NOEXIST);
    flow = bpf_map_lookup_elem(&flows, &key);
    if (!flow) return 0;
  }
  __sync_fetch_and_add(&flow->packets, 1);
  flow->bytes += key;
  flow->last_seen = bpf_ktime_get_ns();
  if (key & 1)
    flow->open++;
  else
    flow->open--;
  calls++;
  by_index[key & 7]++;
  last_time = flow->last_seen;
  return 0;
}

SEC("raw_tp/sched_wakeup")
int begin(void* ctx) {
  __u32 key = bpf_get_prandom_u32();
  __u64 now = bpf_ktime_get_ns();

  if (!bpf_map_lookup_elem(&wanted, &key)) return 0;
  bpf_map_update_elem(&started, &key, &now, BPF_ANY);
  return 0;
}

SEC("raw_tp/sched_process_exit")
int end(void* ctx) {
  __u32 key = bpf_get_prandom_u32();
  __u64* begun = bpf_map_lookup_elem(&started, &key);
  struct latency* latency;
  __u64 passed;

  if (!begun) return 0;
  passed = bpf_ktime_get_ns() - *begun;
  bpf_map_delete_elem(&started, &key);
  latency = bpf_map_lookup_elem(&latencies, &key);
  if (!latency) return 0;
  __sync_fetch_and_add(&latency->slots[passed & 15], 1);
  __sync_fetch_and_add(&latency->total, passed);
  return 0;
}

SEC("raw_tp/sched_process_fork")
int other(void* ctx) {
  __u32 key = 0;
  struct flow* event = bpf_map_lookup_elem(&scratch, &key);
  __u64* value = bpf_map_lookup_elem(&plain, &key);
  struct choice* choice;
  __u64* handed_on;

  if (value) *value += 1;
  add_one(bpf_map_lookup_elem(&in_function, &key));
  choice = bpf_map_lookup_elem(&chosen, &key);
  if (choice) {
    __u64 offset = 8 + (bpf_get_prandom_u32() & 1) * 8;

    choice->last = bpf_ktime_get_ns();
    *(__u64*)((char*)choice + offset) += 1;
  }
  handed_on = bpf_map_lookup_elem(&to_callback, &key);
  bpf_loop(4, count_in_callback, &handed_on, 0);
  if (!event) return 0;
  event->packets = bpf_ktime_get_ns();
  bpf_ringbuf_output(&events, event, sizeof(*event), 0);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
