// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What `inspect` has to show: holes of all kinds, maps of all kinds of use, and programs that
 * attach in different ways.
 *
 *   holes     key with padding in the middle, in a nested struct, between bitfields, at the end
 *   overlays  key with unions, one of them larger than its members
 *   states    value with enums: in an array, in a bitfield, negative
 *   recent    LRU_HASH
 *   ring      RINGBUF whose events nothing describes
 *   untyped   HASH without BTF, of 12 bytes to 12 bytes
 *
 * Types that cannot be exported: jumps, queue, stacks, targets.
 */
#include "bpfmap_exporter.bpf.h"

struct inner_hole {
  __u32 wide;
  __u16 narrow; /* 2 bytes behind it */
};

struct holes_key {
  __u8 kind; /* 3 bytes behind it */
  struct inner_hole inner;
  __u32 low : 5; /* 3 bits behind it */
  __u32 : 3;
  __u32 high : 7; /* 17 bits behind it */
  struct inner_hole pair[2];
  __u16 tail; /* 2 bytes behind it */
};

struct overlays_key {
  __u8 family;
  union {
    __u32 v4;
    __u8 v6[16];
  } address;
  union {
    __u8 bytes[9];
    __u64 word;
  } odd;
};

enum state { IDLE, BUSY = 5, BROKEN = -1 };
enum level { LOW = 1, HIGH };

struct states_value {
  enum state now;
  enum level past[3];
  enum level bits : 4;
  __u64 changes;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct holes_key);
  __type(value, __u64);
} holes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, struct overlays_key);
  __type(value, __u64);
} overlays SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __uint(map_flags, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG);
  __type(key, __u32);
  __type(value, struct states_value);
} states SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u32);
} jumps SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 2);
  __type(value, __u64);
} queue SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, 2);
  __uint(key_size, 4);
  __uint(value_size, 80);
} stacks SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u32);
} targets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 2);
  __uint(key_size, 12);
  __uint(value_size, 12);
} untyped SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 128);
  __type(key, __u32);
  __type(value, __u64);
} recent SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} ring SEC(".maps");

const volatile __u32 sample_rate = 1;
struct inner_hole written[2];

SEC("raw_tp/sys_enter")
int by_its_section(void* ctx) { return 0; }

SEC("?raw_tp/sys_exit")
int on_demand(void* ctx) { return 0; }

SEC("xdp")
int needs_interfaces(struct xdp_md* ctx) { return XDP_PASS; }

SEC("cgroup_skb/ingress")
int needs_a_cgroup(struct __sk_buff* skb) { return 1; }

SEC("perf_event")
int needs_an_event(void* ctx) { return 0; }

SEC("sk_msg")
int cannot_be_attached(struct sk_msg_md* msg) { return SK_PASS; }

char LICENSE[] SEC("license") = "Dual BSD/GPL";
