// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Ids of cgroups, which the exporter writes and reads again. */
#include "peer.bpf.h"

PEER_HASH(cgroup_matches, __u64);
