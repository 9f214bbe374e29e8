/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the programs that walk maps and kernel objects for the exporter share: contexts of BPF
 * iterators. Each is a row of pointers of eight bytes (DEFINE_BPF_ITER_FUNC in the kernel), whose
 * order is fixed.
 */
#ifndef BPFMAP_ITER_BPF_H
#define BPFMAP_ITER_BPF_H

#include "core.bpf.h"

struct seq_file;
struct bpf_map;

struct bpf_iter_meta {
  struct seq_file* seq;
} BPFMAP_CO_RE;

/*
 * Iterators that lose their place when a read ends before the walk does (a cgroup iterator fails
 * then; one over sockets counts how many it passed in a chain that may change) are read in passes,
 * each of which fits into one read: pass N shows what has an id that leaves N when it is divided by
 * the number of passes. User space sets the two, and looks whether a pass has overflowed.
 */
struct iter_passes {
  __u64 passes;
  __u64 pass;
  __u64 overflowed;
  __u64 visited; /* objects of the kernel, shown or not */
};

struct bpf_iter__bpf_map_elem {
  struct bpf_iter_meta* meta;
  struct bpf_map* map;
  void* key;   /* null at the end of the walk, as is value */
  void* value; /* of a per-CPU map: one for each possible CPU, each rounded up to eight bytes */
};

#endif
