// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_probe: SEC names no binary and probe, the configuration must. Map: hits. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/usdt.bpf.h>

#include "hits.bpf.h"

SEC("usdt")
int BPF_USDT(count_probe) {
  hit();
  return 0;
}
