// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Numbers of all widths, with padding between them. */
#include "peer.bpf.h"

struct widths_key {
  __u8 one;
  __u16 two;
  __u32 four;
  __u64 eight;
};

PEER_HASH(widths_total, struct widths_key);
