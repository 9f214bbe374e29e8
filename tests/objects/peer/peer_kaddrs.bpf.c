// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The address of a kernel function, which the program finds in a global variable. */
#include "peer.bpf.h"

const volatile __u64 kaddr_schedule = 0;

PEER_MAP(ARRAY, 1, address_total, __u32);

SEC("raw_tp/sys_enter")
int show_address(void* ctx) {
  __u32 zero = 0;
  __u64 address = kaddr_schedule;

  bpf_map_update_elem(&address_total, &zero, &address, BPF_ANY);
  return 0;
}
