// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Padding behind the last field. */
#include "peer.bpf.h"

struct tail_key {
  __u64 id;
  __u32 kind;
};

PEER_HASH(tail_total, struct tail_key);
