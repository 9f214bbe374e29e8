// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A label called cpu of a map that is not per CPU is a part of the key. */
#include "peer.bpf.h"

struct cpu_key {
  __u16 node;
  __u16 cpu;
};

PEER_HASH(cpu_of_key_total, struct cpu_key);
