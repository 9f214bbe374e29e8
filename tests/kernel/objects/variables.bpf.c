// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Global variables as counters. Program count, which tests run by themselves, adds to them; its
 * packet has the index of a queue, 0 to 2, as its first byte.
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "bpfmap_exporter.bpf.h"

struct queue {
  __u64 packets;
  __u32 bytes; /* padding behind it */
};

/* .rodata */
const volatile __u32 limit = 4096;

/* .data */
__s32 balance = -5;

/* .bss */
__u64 packets;
__u64 per_queue[3];
struct queue last;
struct queue queues[3];
static __u64 hidden;

/* Sections of their own. */
__u64 custom SEC(".data.custom") = 1000;
__u64 other_custom SEC(".data.other") = 7;

SEC("tc")
int count(struct __sk_buff* skb) {
  __u8 queue = 0;

  if (bpf_skb_load_bytes(skb, 0, &queue, sizeof(queue)) || queue > 2) return 0;
  packets += 1;
  balance += 1;
  hidden += 2;
  custom += 1;
  other_custom += 1;
  if (skb->len > limit) return 0;
  per_queue[queue] += 1;
  queues[queue].packets += 1;
  queues[queue].bytes += skb->len;
  last.packets = packets;
  last.bytes = skb->len;
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
