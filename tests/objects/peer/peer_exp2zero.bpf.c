// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Slot 0 is zero, the others powers of two. */
#include "peer.bpf.h"

PEER_HASH(exp2zero_bytes, __u32);
