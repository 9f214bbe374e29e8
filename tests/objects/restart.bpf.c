// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Counts the calls of one system call by one process three times, by programs that are attached in
 * different ways: entries 0 to 2 of map `calls`; the first also in .bss. SECOND: the same with
 * other code, which also counts in the map `second`. WIDE: a map with values of another size.
 */
#include "bpfmap_exporter.bpf.h"

const volatile __u32 watched;
const volatile __u64 number;

struct value {
  __u64 count;
#ifdef WIDE
  __u64 more;
#endif
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 3);
  __type(key, __u32);
  __type(value, struct value);
} calls SEC(".maps");

#ifdef SECOND
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} second SEC(".maps");
#endif

__u64 calls_in_bss;

static __always_inline void count(__u32 kind) {
  struct value* value;

  if (bpf_get_current_pid_tgid() >> 32 != watched) return;
  value = bpf_map_lookup_elem(&calls, &kind);
  if (value) bpfmap_add(&value->count, 1);
  if (kind == 0) bpfmap_add(&calls_in_bss, 1);
#ifdef SECOND
  {
    __u32 only = 0;
    __u64* seen = bpf_map_lookup_elem(&second, &only);

    if (seen) bpfmap_add(seen, 1);
  }
#endif
}

SEC("raw_tp/sys_enter")
int by_raw_tracepoint(struct bpf_raw_tracepoint_args* context) {
  if (context->args[1] == number) count(0);
  return 0;
}

SEC("tp_btf/sys_enter")
int by_btf(__u64* context) {
  if (context[1] == number) count(1);
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_getppid")
int by_tracepoint(void* context) {
  count(2);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
