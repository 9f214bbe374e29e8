// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Program touch_storage, to be attached to cgroups; lets all packets pass. Attaching it makes an
 * entry for the cgroup in each map, which tests fill.
 *
 *   by_cgroup       CGROUP_STORAGE
 *   by_cgroup_cpus  PERCPU_CGROUP_STORAGE
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
  __type(key, struct bpf_cgroup_storage_key);
  __type(value, __u64);
} by_cgroup SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
  __type(key, struct bpf_cgroup_storage_key);
  __type(value, __u64);
} by_cgroup_cpus SEC(".maps");

SEC("cgroup_skb/egress")
int touch_storage(struct __sk_buff* skb) {
  return bpf_get_local_storage(&by_cgroup, 0) && bpf_get_local_storage(&by_cgroup_cpus, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
