// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The same with names. */
#include "peer.bpf.h"

PEER_HASH(cgroup_names, __u64);
