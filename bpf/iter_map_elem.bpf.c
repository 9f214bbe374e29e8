// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Writes the entries of a map to the reader of the iterator: key and value, without gaps. The
 * values of a per-CPU map are added up, eight bytes at a time, so that what user space receives
 * does not grow with the number of CPUs. Loaded once for each map, with the sizes as constants: the
 * verifier follows every access.
 *
 * An entry for which there is no room in the kernel's buffer is rolled back and shown again.
 */
#include "iter.bpf.h"

const volatile __u32 key_size = 0;
const volatile __u32 value_size = 0; /* of one CPU; a multiple of 8 where values are added up */
const volatile __u32 copies = 1;     /* values to add up: possible CPUs */

SEC("iter/bpf_map_elem")
int write_element(struct bpf_iter__bpf_map_elem* ctx) {
  struct seq_file* seq = ctx->meta->seq;
  void* key = ctx->key;
  void* value = ctx->value;
  __u64 stride = value_size;
  __u64 end = stride * copies;
  __u64 word;

  if (!key || !value) return 0;
  bpf_seq_write(seq, key, key_size);
  if (copies == 1) {
    bpf_seq_write(seq, value, stride);
    return 0;
  }
  for (word = 0; word < stride; word += sizeof(__u64)) {
    __u64 sum = 0;
    __u64 written;
    __u64 at = word;

    while (at < end) {
      sum += *(__u64*)(value + at);
      at += stride;
      /* Otherwise the loop becomes one of pointers, whose end the verifier does not see. */
      asm volatile("" : "+r"(at));
    }
    written = sum; /* so that only this one lives on the stack */
    bpf_seq_write(seq, &written, sizeof(written));
  }
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
