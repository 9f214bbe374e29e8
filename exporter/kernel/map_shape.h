// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace bpfmap::kernel {

// What a walk needs to know of a map.
struct MapShape {
  std::uint32_t type = 0;  // enum bpf_map_type
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;  // of one CPU's value
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;
  bool per_cpu = false;
  std::uint32_t cpus = 1;      // possible CPUs of a per-CPU map, 1 otherwise
  bool has_spin_lock = false;  // values are to be read with BPF_F_LOCK

  // Distance between the values of two CPUs: the kernel rounds a per-CPU value up to 8 bytes.
  std::uint32_t cpu_stride() const { return per_cpu ? (value_size + 7) / 8 * 8 : value_size; }
  // Bytes of one entry's value as user space receives it: one value for each possible CPU.
  std::uint32_t row_value_size() const { return cpu_stride() * cpus; }
};

}  // namespace bpfmap::kernel
