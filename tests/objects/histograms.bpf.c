// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The ways in which programs store histograms; maps only, which tests fill.
 *
 *   slot_per_key           HASH: a label and the slot are the key, the count is the value
 *   slot_only              ARRAY: the slot is the key, nothing else
 *   array_in_value         HASH: a label is the key, the value holds a sum and the slots
 *   percpu_array_in_value  PERCPU_ARRAY with one entry, and such a value for each CPU
 */
#include "bpfmap_exporter.bpf.h"

#define SLOTS 27

struct slot_key {
  __u32 device;
  __u32 slot;
};

struct latency {
  __u64 total_us;
  __u64 slots[SLOTS];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct slot_key);
  __type(value, __u64);
} slot_per_key SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, SLOTS + 1);
  __type(key, __u32);
  __type(value, __u64);
} slot_only SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct latency);
} array_in_value SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct latency);
} percpu_array_in_value SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
