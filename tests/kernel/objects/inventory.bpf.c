// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs and maps to be found among all others: count_system_calls_of_all_processes, whose name
 * is longer than the kernel keeps, on a raw tracepoint; count_getpid on a tracepoint;
 * count_switches on a typed one. Beside `hits`, which all use, the maps that the tests fill: hash,
 * lru, percpu, sparse (not preallocated), array.
 */
#include "../../objects/hits.bpf.h"

#define COUNTED_MAP(map_type, flags) \
  {                                  \
    __uint(type, map_type);          \
    __uint(max_entries, 1024);       \
    __uint(map_flags, flags);        \
    __type(key, __u32);              \
    __type(value, __u64);            \
  }

struct COUNTED_MAP(BPF_MAP_TYPE_HASH, 0) hash SEC(".maps");
struct COUNTED_MAP(BPF_MAP_TYPE_LRU_HASH, 0) lru SEC(".maps");
struct COUNTED_MAP(BPF_MAP_TYPE_PERCPU_HASH, 0) percpu SEC(".maps");
struct COUNTED_MAP(BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC) sparse SEC(".maps");
struct COUNTED_MAP(BPF_MAP_TYPE_ARRAY, 0) array SEC(".maps");

SEC("raw_tp/sys_enter")
int count_system_calls_of_all_processes(void* ctx) {
  hit();
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpid")
int count_getpid(void* ctx) {
  hit();
  return 0;
}

SEC("tp_btf/sched_switch")
int count_switches(void* ctx) {
  hit();
  return 0;
}
