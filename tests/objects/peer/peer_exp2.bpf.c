// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Slots of powers of two, with the sum behind the last, of two groups. */
#include "peer.bpf.h"

struct exp2_key {
  __u32 group;
  __u32 slot;
};

PEER_HASH(exp2_seconds, struct exp2_key);
