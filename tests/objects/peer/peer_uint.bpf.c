// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* One number as key. */
#include "peer.bpf.h"

PEER_HASH(uint_total, __u32);
