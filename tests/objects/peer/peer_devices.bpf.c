// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Device numbers as the kernel stores them: major << 20 | minor. */
#include "peer.bpf.h"

PEER_HASH(devices_total, __u32);
