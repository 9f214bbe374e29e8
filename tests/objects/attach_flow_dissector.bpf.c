// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Programs count_flows and count_flows_too, of which a network namespace takes one; they leave
 * packets to the kernel. Map: hits. */
#include "hits.bpf.h"

#define CONTINUE 129 /* BPF_FLOW_DISSECTOR_CONTINUE, of Linux 6.1 and later */

SEC("flow_dissector")
int count_flows(struct __sk_buff* packet) {
  hit();
  return CONTINUE;
}

SEC("flow_dissector")
int count_flows_too(struct __sk_buff* packet) {
  hit();
  return CONTINUE;
}
