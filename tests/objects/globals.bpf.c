// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Global variables of many types, which a loader may set before it loads the object. Program
 * copy_globals, which each system call runs, copies them into the only entry of map `seen`, so that
 * a test can see what the program sees; it also counts its runs in total_runs, in .bss.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "bpfmap_exporter.bpf.h"

enum mode {
  MODE_OFF,
  MODE_SOME,
  MODE_ALL,
};

struct window {
  __u32 low;
  __s64 high; /* padding before it */
};

/* .rodata: frozen once loaded. */
const volatile __u32 sample_rate = 1;
const volatile bool verbose;

/* .data */
__u64 threshold_ns = 5000000000;
__s32 offset = -3;
__s8 small = -1;
__u16 port = 80;
bool enabled = true;
char name[16] = "unset";
enum mode mode = MODE_SOME;
struct window window = {.low = 1, .high = -2};
__u32 ports[4] = {1, 2, 3, 4};

/* .bss */
__u64 total_runs;

struct seen {
  __u32 sample_rate;
  __u32 mode;
  __u64 threshold_ns;
  __s32 offset;
  __u16 port;
  __s8 small;
  __u8 enabled;
  char name[16];
  __u32 low;
  __u32 verbose;
  __s64 high;
  __u32 ports[4];
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct seen);
} seen SEC(".maps");

SEC("raw_tp/sys_enter")
int copy_globals(struct bpf_raw_tracepoint_args* ctx) {
  struct seen copy = {
      .sample_rate = sample_rate,
      .mode = mode,
      .threshold_ns = threshold_ns,
      .offset = offset,
      .port = port,
      .small = small,
      .enabled = enabled,
      .low = window.low,
      .verbose = verbose,
      .high = window.high,
  };
  __u32 zero = 0;

  __builtin_memcpy(copy.name, name, sizeof(copy.name));
  __builtin_memcpy(copy.ports, ports, sizeof(copy.ports));
  bpf_map_update_elem(&seen, &zero, &copy, BPF_ANY);
  bpfmap_add(&total_runs, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
