// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Numbers that have names on every machine. */
#include "peer.bpf.h"

struct names_key {
  __u32 error;
  __u32 call;
  __u32 interface;
};

PEER_HASH(names_total, struct names_key);
