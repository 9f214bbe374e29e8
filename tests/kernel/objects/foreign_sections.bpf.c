// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Sections in the way of ebpf_exporter, which libbpf does not know. Map: hits. */
#include <linux/bpf_perf_event.h>

#include "../../objects/hits.bpf.h"

SEC("xdp/bpfmap_in")
int count_xdp(struct xdp_md* ctx) {
  hit();
  return XDP_PASS;
}

SEC("perf_event/type=1,config=0,frequency=499")
int count_samples(struct bpf_perf_event_data* ctx) {
  hit();
  return 0;
}
