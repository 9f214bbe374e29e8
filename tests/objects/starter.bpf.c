// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Maps whose names and types tell what they are about, for `init`; maps only, and programs
 * that do nothing.
 *
 *   flows        LRU_HASH; key struct flow_key: every decoder that a name or a type asks for
 *   latency      HASH; key with a slot: a bucket a row
 *   disk_hist    PERCPU_HASH; value with slots and their sum in nanoseconds
 *   by_syscall   ARRAY; the name says what the index is
 *   queue_depth  LRU_HASH; a gauge by its name, which has no totals
 *   usage        HASH; a gauge, a maximum, a time and a time stamp in one value
 *   started      HASH; a time stamp: for the programs only
 *   requests     RINGBUF whose struct a variable keeps in BTF
 *   process_info HASH; a name that the exporter keeps for itself
 *   jumps        PROG_ARRAY, which cannot be exported
 */
#include "bpfmap_exporter.bpf.h"

#include <linux/in.h>
#include <linux/in6.h>

enum verdict { PASSED, DROPPED };

struct flow_key {
  struct in6_addr daddr6;
  __be32 saddr;
  __u32 ifindex;
  __be16 sport;
  __u16 family;
  __u8 protocol;
  __u8 mac[6];
  enum verdict verdict;
  __u32 dev;
  __s32 ret;
  __u32 sig;
  __u32 nr;
  __u32 flags;
  __u32 pid;
  char comm[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, struct flow_key);
  __type(value, __u64);
} flows SEC(".maps");

struct latency_key {
  __u32 operation;
  __u32 slot;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct latency_key);
  __type(value, __u64);
} latency SEC(".maps");

struct disk_value {
  __u64 sum_ns;
  __u64 slots[20];
  __u64 errors;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct disk_value);
} disk_hist SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 512);
  __type(key, __u32);
  __type(value, __u64);
} by_syscall SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u64);
} queue_depth SEC(".maps");

struct usage_value {
  __u64 bytes;
  __u64 current;
  __u64 max_wait_us;
  __u64 wait_us;
  __u64 last_ts;
  __s64 balance;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct usage_value);
} usage SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u64);
} started SEC(".maps");

struct request {
  __u64 timestamp;
  __u64 duration_ns;
  __u32 pid;
  __s32 error;
  __u32 size_bytes;
  enum verdict verdict;
  char comm[16];
};
const struct request* unused __attribute__((unused));

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} requests SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u64);
} process_info SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u32);
} jumps SEC(".maps");

const volatile __u32 sample_rate = 1;
__u64 packets_seen;
__u32 scratch;

SEC("raw_tp/sys_enter")
int by_its_section(void* ctx) { return 0; }

SEC("?raw_tp/sys_exit")
int on_demand(void* ctx) { return 0; }

SEC("xdp")
int needs_interfaces(struct xdp_md* ctx) { return XDP_PASS; }

SEC("tc")
int needs_a_direction(struct __sk_buff* skb) { return -1; }

SEC("cgroup_skb/ingress")
int needs_a_cgroup(struct __sk_buff* skb) { return 1; }

SEC("perf_event")
int needs_an_event(void* ctx) { return 0; }

SEC("uprobe")
int needs_a_function(void* ctx) { return 0; }

SEC("sk_msg")
int cannot_be_attached(struct sk_msg_md* msg) { return SK_PASS; }

char LICENSE[] SEC("license") = "Dual BSD/GPL";
