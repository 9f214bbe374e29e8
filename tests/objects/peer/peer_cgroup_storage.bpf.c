// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Cgroups that match, stored with the cgroups themselves. */
#include "peer.bpf.h"

#define CGRP_STORAGE 32 /* of Linux 6.2, newer than some headers */

struct {
  __uint(type, CGRP_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} stored SEC(".maps");

PEER_HASH(other_total, __u32);
