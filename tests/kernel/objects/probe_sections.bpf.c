// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Programs on functions of the program `probed` by their sections alone, one for each way to write
 * them. PROBED is its path. Map: hits.
 */
#include "../../objects/hits.bpf.h"

SEC("uprobe/" PROBED ":example.org/x/probed.(*Server).handle")
int go_method(void* ctx) {
  hit();
  return 0;
}

SEC("uprobe/" PROBED ":main.Map[go.shape.int]")
int go_generic(void* ctx) {
  hit();
  return 0;
}

SEC("uretprobe/" PROBED ":probed_target_one")
int returns(void* ctx) {
  hit();
  return 0;
}

SEC("uprobe.multi/" PROBED ":probed_target_*")
int many(void* ctx) {
  hit();
  return 0;
}

SEC("uprobe/" PROBED ":probed_target_t*")
int some(void* ctx) {
  hit();
  return 0;
}

SEC("uprobe/" PROBED ":main.(*Server).nothing")
int missing(void* ctx) {
  hit();
  return 0;
}
