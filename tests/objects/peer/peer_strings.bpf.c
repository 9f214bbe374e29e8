// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Texts, and what is made of them. The same bytes twice: labels of one map may not overlap. */
#include "peer.bpf.h"

struct strings_key {
  char comm[16];
  char state[8];
};

PEER_HASH(strings_total, struct strings_key);
