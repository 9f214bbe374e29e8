// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One map of each kind that can be read entry by entry; maps only, which tests fill. Keys are __u32
 * and values __u64 where nothing else is said.
 *
 *   hash, array, lru_hash, percpu_hash, percpu_array, lru_percpu_hash
 *   lpm_trie      key struct route: IPv4 prefixes
 *   mmapable      ARRAY that can be read without system calls
 *   mmapable_u32, mmapable_odd
 *                 the same with values that are no multiple of 8 bytes: of 4 and of 12
 *   locked        HASH, value struct locked_counters with a bpf_spin_lock
 *   untyped       HASH of 4 bytes to 8 bytes without BTF for either
 *   small_values  PERCPU_ARRAY of __u32: the stride of its values is larger than their size
 */
#include "bpfmap_exporter.bpf.h"

struct route {
  __u32 prefix_length;
  __u8 address[4];
};

struct odd {
  __u32 first;
  __u32 second;
  __u32 third;
};

struct locked_counters {
  struct bpf_spin_lock lock;
  __u32 flags;
  __u64 packets;
  __u64 bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, __u32);
  __type(value, __u64);
} hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u64);
} array SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, __u32);
  __type(value, __u64);
} lru_hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct route);
  __type(value, __u64);
} lpm_trie SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u64);
} percpu_hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u64);
} percpu_array SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
  __uint(max_entries, 4096);
  __type(key, __u32);
  __type(value, __u64);
} lru_percpu_hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, __u64);
} mmapable SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, __u32);
} mmapable_u32 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 64);
  __uint(map_flags, BPF_F_MMAPABLE);
  __type(key, __u32);
  __type(value, struct odd);
} mmapable_odd SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct locked_counters);
} locked SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __uint(key_size, 4);
  __uint(value_size, 8);
} untyped SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 8);
  __type(key, __u32);
  __type(value, __u32);
} small_values SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
