// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_tc, for ingress or egress of an interface; lets all packets pass. Map: hits. */
#include <linux/pkt_cls.h>

#include "hits.bpf.h"

SEC("tc")
int count_tc(struct __sk_buff* skb) {
  hit();
  return TC_ACT_UNSPEC; /* other filters of the same interface decide */
}
