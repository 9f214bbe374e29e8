// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Programs first and second, each for an interface. Map: hits. */
#include "hits.bpf.h"

SEC("xdp")
int first(struct xdp_md* ctx) {
  hit();
  return XDP_PASS;
}

SEC("xdp")
int second(struct xdp_md* ctx) {
  hit();
  return XDP_PASS;
}
