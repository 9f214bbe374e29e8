// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Addresses of both kinds, and a name as DNS writes it. */
#include "peer.bpf.h"

struct addresses_key {
  __u8 v4[4];
  __u8 v6[16];
  __u8 name[16];
};

PEER_HASH(addresses_total, struct addresses_key);
