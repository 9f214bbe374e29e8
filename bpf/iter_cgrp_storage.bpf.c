// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Writes the values of a cgroup storage map to the reader of the iterator: for each cgroup that has
 * one a struct cgroup_key and the value, without gaps. `storage` is replaced by the map to read.
 */
#include "iter.bpf.h"

struct kernfs_node {
  __u64 id;
} BPFMAP_CO_RE;

struct cgroup {
  struct kernfs_node* kn;
} BPFMAP_CO_RE;

struct bpf_iter__cgroup {
  struct bpf_iter_meta* meta;
  struct cgroup* cgroup; /* null at the end of the walk */
};

struct cgroup_key {
  __u64 id;
};

struct {
  __uint(type, 32); /* BPF_MAP_TYPE_CGRP_STORAGE, newer than the headers of Debian 12 */
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} storage SEC(".maps");

const volatile __u32 value_size = sizeof(__u64);

struct iter_passes progress = {1, 0, 0, 0};

SEC("iter/cgroup")
int write_cgroup(struct bpf_iter__cgroup* ctx) {
  struct cgroup* cgroup = ctx->cgroup;
  struct cgroup_key key;
  void* value;

  if (!cgroup) return 0;
  ++progress.visited;
  key.id = cgroup->kn->id;
  if (key.id % progress.passes != progress.pass) return 0;
  value = bpf_cgrp_storage_get(&storage, cgroup, 0, 0); /* makes none where there is none */
  if (!value) return 0;
  if (bpf_seq_write(ctx->meta->seq, &key, sizeof(key))) progress.overflowed = 1;
  if (bpf_seq_write(ctx->meta->seq, value, value_size)) progress.overflowed = 1;
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
