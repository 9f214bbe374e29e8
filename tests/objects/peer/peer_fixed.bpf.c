// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Keys that are bounds themselves. */
#include "peer.bpf.h"

PEER_HASH(fixed_seconds, __u32);
