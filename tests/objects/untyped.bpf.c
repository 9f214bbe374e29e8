// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Programs whose sections libbpf does not know, as older loaders and other projects name them. Map:
 * hits. */
#include <linux/pkt_cls.h>

#include "hits.bpf.h"

SEC("classifier/ingress")
int old_tc(struct __sk_buff* skb) {
  hit();
  return TC_ACT_UNSPEC;
}

SEC("tc/from_container")
int named_tc(struct __sk_buff* skb) {
  hit();
  return TC_ACT_UNSPEC;
}

SEC("my_prog")
int untyped_tc(struct __sk_buff* skb) {
  hit();
  return TC_ACT_UNSPEC;
}

SEC("xdp_filter_func")
int untyped_xdp(void* ctx) {
  hit();
  return 2; /* XDP_PASS */
}

SEC("outgoing")
int untyped_cgroup(struct __sk_buff* skb) {
  hit();
  return 1;
}

SEC("sampler")
int untyped_sample(void* ctx) {
  hit();
  return 0;
}

SEC("probe")
int untyped_probe(void* ctx) {
  hit();
  return 0;
}
