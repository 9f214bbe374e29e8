// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_getpid, on a tracepoint that a test can hit when it likes: getpid(). Map: hits. */
#include "hits.bpf.h"

SEC("tracepoint/syscalls/sys_enter_getpid")
int count_getpid(void* ctx) {
  hit();
  return 0;
}
