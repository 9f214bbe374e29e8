// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Texts that are kept, cut or dropped. */
#include "peer.bpf.h"

struct regexp_key {
  char comm[16];
};

PEER_HASH(regexp_total, struct regexp_key);
