// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Device numbers as user space has them, thrice: as a number, as bytes, and as the first of more
 * bytes. */
#include "peer.bpf.h"

struct devices_key {
  __u32 number;
  __u32 bytes;
  __u64 wide;
};

PEER_HASH(devices_total, struct devices_key);
