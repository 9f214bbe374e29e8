/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Maps that a configuration in ebpf_exporter's format reads: values are u64, and the map has the
 * metric's name. */
#ifndef BPFMAP_TESTS_PEER_BPF_H
#define BPFMAP_TESTS_PEER_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#define PEER_MAP(kind, entries, name, key_type) \
  struct {                                      \
    __uint(type, BPF_MAP_TYPE_##kind);          \
    __uint(max_entries, entries);               \
    __type(key, key_type);                      \
    __type(value, __u64);                       \
  } name SEC(".maps")

#define PEER_HASH(name, key_type) PEER_MAP(HASH, 1024, name, key_type)

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
