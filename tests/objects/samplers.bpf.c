// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
// Programs at events of the CPU, whose names say at which, or do not, and tc programs
// for both directions.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct counts {
  __u64 references;
  __u64 misses;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct counts);
} counts SEC(".maps");

static __always_inline int count(int is_miss) {
  __u32 key = 0;
  struct counts* value = bpf_map_lookup_elem(&counts, &key);

  if (!value) return 0;
  __sync_fetch_and_add(is_miss ? &value->misses : &value->references, 1);
  return 0;
}

SEC("perf_event")
int on_cache_miss(void* ctx) { return count(1); }

SEC("perf_event")
int on_cache_ref(void* ctx) { return count(0); }

SEC("perf_event")
int on_something(void* ctx) { return count(0); }

SEC("tc/egress")
int leaving(struct __sk_buff* skb) { return count(0) - 1; }

SEC("tc")
int count_tx(struct __sk_buff* skb) { return count(0) - 1; }

SEC("tc")
int coming(struct __sk_buff* skb) { return count(0) - 1; }

char LICENSE[] SEC("license") = "GPL";
