// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_egress, to be attached to a cgroup; lets all packets pass. Map: hits. */
#include "hits.bpf.h"

SEC("cgroup_skb/egress")
int count_egress(struct __sk_buff* skb) {
  hit();
  return 1;
}
