// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "kernel/map_reader.h"

// Whole walks of a map with four bytes of key and eight of value.
namespace bpfmap::kernel {

using Entries = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

inline MapShape hash_shape(std::uint32_t max_entries = 1000) {
  MapShape shape;
  shape.type = BPF_MAP_TYPE_HASH;
  shape.key_size = 4;
  shape.value_size = 8;
  shape.max_entries = max_entries;
  return shape;
}

inline Result<Entries> walk(MapReader& reader, std::uint32_t capacity = 4) {
  Entries entries;
  reader.rewind();
  for (int batches = 0; batches < 10000; ++batches) {
    RowBlock block(reader.shape(), capacity);
    const auto more = reader.next_batch(block);
    if (!more) return unexpected(more.error());
    for (std::uint32_t row = 0; row < block.count(); ++row) {
      std::uint32_t key = 0;
      std::uint64_t value = 0;
      std::memcpy(&key, block.key(row), sizeof(key));
      std::memcpy(&value, block.value(row), sizeof(value));
      entries.emplace_back(key, value);
    }
    if (!*more) return entries;
  }
  ADD_FAILURE() << "a walk without end";
  return entries;
}

}  // namespace bpfmap::kernel
