// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Counts the UDP packets of lo. */
#include "peer.bpf.h"

PEER_MAP(PERCPU_ARRAY, 1, xdp_packets_total, __u32);

SEC("xdp/lo")
int count_packets(struct xdp_md* ctx) {
  const __u8* data = (void*)(long)ctx->data;
  const void* end = (void*)(long)ctx->data_end;
  __u32 zero = 0;

  /* The protocol in the IPv4 header behind that of Ethernet. */
  if ((void*)(data + 24) > end || data[23] != 17) return XDP_PASS;
  __u64* count = bpf_map_lookup_elem(&xdp_packets_total, &zero);

  if (count) *count += 1;
  return XDP_PASS;
}
