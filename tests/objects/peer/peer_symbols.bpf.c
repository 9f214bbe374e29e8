// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Addresses of the kernel, one and a stack of them. */
#include "peer.bpf.h"

struct symbols_key {
  __u64 function;
  __u64 stack[4];
};

PEER_HASH(symbols_total, struct symbols_key);
