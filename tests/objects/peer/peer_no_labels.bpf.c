// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Metrics without labels, which read the key 0 whatever else there is. */
#include "peer.bpf.h"

PEER_MAP(ARRAY, 4, array_total, __u32);
PEER_HASH(hash_total, __u32);
