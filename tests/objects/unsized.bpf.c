// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Maps whose sizes are left to what loads them: `counts` (hash) and `ring` (ringbuf) have no
 * max_entries, `stacks` no value_size and no max_entries, and neither have the maps in `outer`.
 * `fixed` says all. Program count adds 1 to the entry 0 of counts at each system call.
 */
#include "bpfmap_exporter.bpf.h"

struct value {
  __u64 calls;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, __u32);
  __type(value, struct value);
} counts SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(key_size, sizeof(__u32));
} stacks SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
} ring SEC(".maps");

struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, __u32);
  __type(value, __u64);
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 4);
  __type(key, __u32);
  __array(values, struct inner);
} outer SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 16);
  __uint(key_size, 4);
  __uint(value_size, 8);
} fixed SEC(".maps");

SEC("raw_tp/sys_enter")
int count(struct bpf_raw_tracepoint_args* ctx) {
  __u32 key = 0;
  struct value one = {1};
  struct value* value = bpf_map_lookup_elem(&counts, &key);

  if (value) {
    bpfmap_add(&value->calls, 1);
  } else {
    bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
  }
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
