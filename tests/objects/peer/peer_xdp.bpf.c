// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Counts the packets of lo. */
#include "peer.bpf.h"

PEER_MAP(PERCPU_ARRAY, 1, xdp_packets_total, __u32);

SEC("xdp/lo")
int count_packets(struct xdp_md* ctx) {
  __u32 zero = 0;
  __u64* count = bpf_map_lookup_elem(&xdp_packets_total, &zero);

  if (count) *count += 1;
  return XDP_PASS;
}
