// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Maps whose values hang on objects of the kernel; maps only, which tests fill by descriptors.
 *
 *   task_values, cgroup_values, socket_values  value struct usage
 *   cgroup_pages, socket_pages                 value struct page of a KiB, of which few fit into
 *                                              what one read of an iterator returns
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#define CGRP_STORAGE 32 /* BPF_MAP_TYPE_CGRP_STORAGE, newer than the headers of Debian 12 */

struct usage {
  __u64 calls;
  __u32 errors;
};

struct page {
  __u64 words[128];
};

#define STORAGE(name, storage_type, value_type) \
  struct {                                      \
    __uint(type, storage_type);                 \
    __uint(map_flags, BPF_F_NO_PREALLOC);       \
    __type(key, int);                           \
    __type(value, value_type);                  \
  } name SEC(".maps")

STORAGE(task_values, BPF_MAP_TYPE_TASK_STORAGE, struct usage);
STORAGE(cgroup_values, CGRP_STORAGE, struct usage);
STORAGE(socket_values, BPF_MAP_TYPE_SK_STORAGE, struct usage);
STORAGE(cgroup_pages, CGRP_STORAGE, struct page);
STORAGE(socket_pages, BPF_MAP_TYPE_SK_STORAGE, struct page);

char LICENSE[] SEC("license") = "Dual BSD/GPL";
