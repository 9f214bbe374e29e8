// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_lookups, to be attached to a network namespace; chooses no socket. Map: hits. */
#include "hits.bpf.h"

SEC("sk_lookup")
int count_lookups(struct bpf_sk_lookup* context) {
  hit();
  return SK_PASS;
}
