// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Program count_getpgid counts calls of getpgid(2) by the cgroup of the caller.
 *
 *   calls   by the id of the cgroup
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, __u64);
} calls SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_getpgid")
int count_getpgid(void* ctx) {
  __u64 id = bpf_get_current_cgroup_id();
  __u64 none = 0;
  __u64* count;

  bpf_map_update_elem(&calls, &id, &none, BPF_NOEXIST);
  count = bpf_map_lookup_elem(&calls, &id);
  if (count) __sync_fetch_and_add(count, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
