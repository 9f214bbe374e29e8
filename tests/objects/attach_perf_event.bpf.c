// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Program count_samples, to be attached to perf events, such as a CPU clock. Map: hits. */
#include <linux/bpf_perf_event.h>

#include "hits.bpf.h"

SEC("perf_event")
int count_samples(struct bpf_perf_event_data* ctx) {
  hit();
  return 0;
}
