// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Per-CPU maps, summed and CPU by CPU. */
#include "peer.bpf.h"

PEER_MAP(PERCPU_HASH, 16, summed_total, __u32);
PEER_MAP(PERCPU_HASH, 16, apart_total, __u32);
PEER_MAP(PERCPU_ARRAY, 1, summed_array_total, __u32);
