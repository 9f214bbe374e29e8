// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Counts calls of one system call by the threads of one process, each under one of 64 keys at
 * random, in several maps at a time: in_hash, in_hash_alloc (without preallocation), in_percpu and
 * in_lru. Map by_call gets an entry of its own for every call, as long as it has room. Maps truth
 * and refused have the number of calls, and of those that by_call had no room for. Map few is for
 * tests to fill: it evicts soon. Set process and call before loading.
 */
#include "bpfmap_exporter.bpf.h"

const volatile __u32 process = 0;
const volatile __s64 call = 0;
__u32 next_call;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u32);
  __type(value, __u64);
} in_hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u32);
  __type(value, __u64);
} in_hash_alloc SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 1024);
  __type(key, __u32);
  __type(value, __u64);
} in_percpu SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, __u32);
  __type(value, __u64);
} in_lru SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 2048);
  __type(key, __u32);
  __type(value, __u64);
} by_call SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u64);
} few SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} truth SEC(".maps"), refused SEC(".maps");

static __always_inline void add_one(void* map) {
  const __u32 zero = 0;
  __u64* count = bpf_map_lookup_elem(map, &zero);

  if (count) bpfmap_add(count, 1);
}

SEC("raw_tp/sys_enter")
int count_calls(struct bpf_raw_tracepoint_args* ctx) {
  const __u64 one = 1;
  __u32 key;

  if ((__s64)ctx->args[1] != call || bpf_get_current_pid_tgid() >> 32 != process) return 0;
  key = bpf_get_prandom_u32() & 63;
  bpfmap_increment(&in_hash, &key, 1);
  bpfmap_increment(&in_hash_alloc, &key, 1);
  bpfmap_increment(&in_percpu, &key, 1);
  bpfmap_increment(&in_lru, &key, 1);
  /* Calls of several threads may get the same number: one of them is refused then, too. */
  key = next_call++;
  if (bpf_map_update_elem(&by_call, &key, &one, BPF_NOEXIST)) add_one(&refused);
  add_one(&truth);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
