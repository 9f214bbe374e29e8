// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_calls: SEC names no binary and function, the configuration must. Map: hits. */
#include "hits.bpf.h"

SEC("uprobe")
int count_calls(void* ctx) {
  hit();
  return 0;
}
