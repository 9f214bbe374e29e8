// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_xdp, to be attached to an interface; lets all packets pass. Map: hits. */
#include "hits.bpf.h"

SEC("xdp")
int count_xdp(struct xdp_md* ctx) {
  hit();
  return XDP_PASS;
}
