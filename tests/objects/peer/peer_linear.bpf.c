// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Slots of equal width; an array, whose entries all exist. */
#include "peer.bpf.h"

PEER_MAP(ARRAY, 8, linear_bytes, __u32);
