/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Helpers for BPF programs whose maps bpfmap_exporter reads. Header only; it brings one small
 * map, bpfmap_lost_updates, and no program. Include vmlinux.h before it if you use that;
 * otherwise it includes <linux/bpf.h>.
 *
 *   struct latency {
 *     __u64 total_us;
 *     __u64 slots[27];
 *   };
 *   ...
 *   __u64 us = bpfmap_us_rounded_up(end_ns - start_ns);
 *   bpfmap_add(&value->slots[bpfmap_exp2_slot(us, 26)], 1);
 *   bpfmap_add(&value->total_us, bpfmap_us_between(start_ns, end_ns));
 *
 * and in the configuration
 *
 *   { histogram: ..., value: slots, buckets: { scale: exp2, unit: 1us, sum: total_us } }
 *
 * Everything is inlined, and may be called from any kind of program on kernels from 5.2 on (ring
 * buffers: 5.8). The bound of a slot is inclusive, as Prometheus' `le` is.
 */
#ifndef BPFMAP_EXPORTER_BPF_H
#define BPFMAP_EXPORTER_BPF_H

#ifndef __VMLINUX_H__
#include <linux/bpf.h>
#include <linux/types.h>
#endif

#include <bpf/bpf_helpers.h>

/*
 * The exp2 slot of a value: the smallest i with value <= 2^i, so that slot i is exactly the bucket
 * le="2^i". 0 and 1 are in slot 0, 2 in 1, 3 and 4 in 2, 5 to 8 in 3. What is larger goes into
 * max_slot: give the array's last index, the overflow, which becomes part of +Inf only.
 */
static __always_inline __u32 bpfmap_exp2_slot(__u64 value, __u32 max_slot) {
  __u32 slot = 1;

  if (value <= 1) return 0;
  /* The number of bits of value - 1, in six halvings: BPF has no instruction for it. */
  value--;
  if (value >> 32) {
    value >>= 32;
    slot += 32;
  }
  if (value >> 16) {
    value >>= 16;
    slot += 16;
  }
  if (value >> 8) {
    value >>= 8;
    slot += 8;
  }
  if (value >> 4) {
    value >>= 4;
    slot += 4;
  }
  if (value >> 2) {
    value >>= 2;
    slot += 2;
  }
  slot += value >> 1;
  return slot > max_slot ? max_slot : slot;
}

/*
 * The linear slot of a value: the smallest i with value <= i * step, so that slot i is exactly the
 * bucket le="i * step"; slot 0 holds 0 alone. What is larger goes into max_slot, see above. step
 * must not be 0.
 */
static __always_inline __u32 bpfmap_linear_slot(__u64 value, __u64 step, __u32 max_slot) {
  __u64 slot = value ? (value - 1) / step + 1 : 0;

  return slot > max_slot ? max_slot : slot;
}

/* Nanoseconds in microseconds, rounded up: for slots, whose bounds are inclusive. 1001 ns are above
 * le="1us". */
static __always_inline __u64 bpfmap_us_rounded_up(__u64 ns) { return ns / 1000 + (ns % 1000 != 0); }

/*
 * The microseconds between two readings of bpf_ktime_get_ns(), for sums. It counts the boundaries
 * between microseconds that were crossed, which is off by less than one for a single interval and
 * right on the average of many: a thousand intervals of 100 ns give about 100. Dividing each
 * interval would give 0, and rounding it up 1000.
 */
static __always_inline __u64 bpfmap_us_between(__u64 start_ns, __u64 end_ns) {
  return end_ns / 1000 - start_ns / 1000;
}

/*
 * How many updates the helpers below could not make, because a map was full or out of memory.
 * The exporter finds this map by its name in every object, and exports it without being asked
 * to, as bpfmap_exporter_lost_updates_total.
 */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} bpfmap_lost_updates SEC(".maps") __weak;

/*
 * Adds to a counter in a map, atomically: needed in maps that CPUs share, and in per-CPU maps
 * wherever one program may interrupt another on the same CPU (most tracing programs; from
 * kernel 7.0 on by mere preemption). A plain += could write back an old value then, and the counter
 * would go backwards. Relaxed, because only then does every clang choose the instruction without a
 * result; the one with it needs kernel 5.12.
 */
#define bpfmap_add(counter, delta) ((void)__atomic_fetch_add((counter), (delta), __ATOMIC_RELAXED))

/* Counts an update that was lost. The helpers below do so themselves. */
static __always_inline void bpfmap_count_lost_update(void) {
  const __u32 only = 0;
  __u64* lost = bpf_map_lookup_elem(&bpfmap_lost_updates, &only);

  if (lost) bpfmap_add(lost, 1);
}

/*
 * The value of `key` in a hash map, which starts as *initial where there is none yet. NULL only if
 * it could not be inserted, because the map is full or out of memory: what the caller wanted to
 * count is lost then, and counted as such.
 *
 * Two CPUs (or a program and the one that interrupts it) may both miss and both insert. BPF_NOEXIST
 * lets only the first one do so; an ordinary update of the second would throw away what the first
 * has counted meanwhile.
 */
static __always_inline void* bpfmap_lookup_or_insert(void* map, const void* key,
                                                     const void* initial) {
  void* value = bpf_map_lookup_elem(map, key);

  if (value) return value;
  bpf_map_update_elem(map, key, initial, BPF_NOEXIST);
  value = bpf_map_lookup_elem(map, key);
  if (!value) bpfmap_count_lost_update();
  return value;
}

/*
 * Adds delta to the counter of `key` in a hash map whose value is one __u64; a new key starts at 0.
 * Works for per-CPU and LRU hash maps too. 0, or -1 if the map has no room for the key.
 */
static __always_inline int bpfmap_increment(void* map, const void* key, __u64 delta) {
  const __u64 zero = 0;
  __u64* counter = bpfmap_lookup_or_insert(map, key, &zero);

  if (!counter) return -1;
  bpfmap_add(counter, delta);
  return 0;
}

/*
 * Sends a copy of an event through a ring buffer (kernel 5.8). 0, or -1 if it had no room, because
 * events come faster than the exporter takes them: the event is lost then, and counted as such.
 * User space cannot see that by itself.
 *
 *   struct request event = {};
 *   ...
 *   bpfmap_ringbuf_output(&events, &event, sizeof(event));
 */
static __always_inline int bpfmap_ringbuf_output(void* ringbuf, void* event, __u64 size) {
  if (bpf_ringbuf_output(ringbuf, event, size, 0) == 0) return 0;
  bpfmap_count_lost_update();
  return -1;
}

/*
 * Room for an event in a ring buffer, which saves the copy: to be filled and handed to
 * bpf_ringbuf_submit(). Whatever was in the buffer before is still there, padding included: fill
 * every field. NULL, and the event counted as lost, if there is no room. `size` is a constant.
 */
static __always_inline void* bpfmap_ringbuf_reserve(void* ringbuf, __u64 size) {
  void* event = bpf_ringbuf_reserve(ringbuf, size, 0);

  if (!event) bpfmap_count_lost_update();
  return event;
}

#endif
