// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Runs for a while at every system call of one process, so that whatever else it is attached to by
 * the test is likely to meet it in the middle of a run. Set process before loading.
 */
#include "bpfmap_exporter.bpf.h"

const volatile __u32 process = 0;
__u64 until;

SEC("raw_tp/sys_enter")
int spin(void* ctx) {
  int i;

  if (bpf_get_current_pid_tgid() >> 32 != process) return 0;
  for (i = 0; i < 10000; ++i) until = bpf_ktime_get_ns();
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
