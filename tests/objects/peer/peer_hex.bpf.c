// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Bytes as they are. */
#include "peer.bpf.h"

struct hex_key {
  __u8 mac[6];
  __u8 rest[2];
};

PEER_HASH(hex_total, struct hex_key);
