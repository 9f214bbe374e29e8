// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernel/map_info.h"
#include "kernel/map_reader.h"
#include "support/layouts.h"

// Maps by hand: what BTF says about them, and rows as the kernel would return them.
namespace bpfmap::test {

inline kernel::MapInfo hash_map(TypePtr key, TypePtr value, std::string name = "m") {
  kernel::MapInfo info;
  info.name = std::move(name);
  info.shape.type = BPF_MAP_TYPE_HASH;
  info.shape.key_size = key->size;
  info.shape.value_size = value->size;
  info.shape.max_entries = 1024;
  info.key = std::move(key);
  info.value = std::move(value);
  return info;
}

inline kernel::MapInfo per_cpu_map(TypePtr key, TypePtr value, std::uint32_t cpus) {
  kernel::MapInfo info = hash_map(std::move(key), std::move(value));
  info.shape.type = BPF_MAP_TYPE_PERCPU_HASH;
  info.shape.per_cpu = true;
  info.shape.cpus = cpus;
  return info;
}

inline kernel::MapInfo array_map(TypePtr value, std::uint32_t entries) {
  kernel::MapInfo info = hash_map(number("u32"), std::move(value));
  info.shape.type = BPF_MAP_TYPE_ARRAY;
  info.shape.max_entries = entries;
  return info;
}

inline kernel::MapInfo without_btf(kernel::MapInfo info) {
  info.key = nullptr;
  info.value = nullptr;
  return info;
}

using Bytes = std::vector<std::byte>;

template <typename T>
Bytes bytes_of(const T& value) {
  Bytes bytes(sizeof(value));
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

// Blocks of few rows, so that even short tests cross from one into another.
inline constexpr std::uint32_t kRowsPerBlock = 2;

class RowBuilder {
 public:
  explicit RowBuilder(kernel::MapShape shape) : shape_(shape) {}

  // One row; a per-CPU map takes a value for each CPU.
  void add(const Bytes& key, const std::vector<Bytes>& values) {
    ASSERT_EQ(key.size(), shape_.key_size);
    ASSERT_EQ(values.size(), shape_.cpus);
    if (blocks_.empty() || blocks_.back().count() == kRowsPerBlock) {
      blocks_.emplace_back(shape_, kRowsPerBlock);
    }
    kernel::RowBlock& block = blocks_.back();
    const std::uint32_t row = block.count();
    std::memcpy(block.keys() + std::size_t{row} * shape_.key_size, key.data(), key.size());
    std::byte* to = block.values() + std::size_t{row} * shape_.row_value_size();
    std::memset(to, 0xa5, shape_.row_value_size());  // between the CPUs, too
    for (const Bytes& value : values) {
      ASSERT_EQ(value.size(), shape_.value_size);
      std::memcpy(to, value.data(), value.size());
      to += shape_.cpu_stride();
    }
    block.set_count(row + 1);
  }

  template <typename Key, typename Value>
  void add(const Key& key, const Value& value) {
    add(bytes_of(key), {bytes_of(value)});
  }
  template <typename Key, typename Value>
  void add_per_cpu(const Key& key, const std::vector<Value>& values) {
    std::vector<Bytes> all;
    for (const Value& value : values) all.push_back(bytes_of(value));
    add(bytes_of(key), all);
  }

  std::span<const kernel::RowBlock> rows() const { return blocks_; }
  std::vector<kernel::RowBlock> take() { return std::move(blocks_); }

 private:
  kernel::MapShape shape_;
  std::vector<kernel::RowBlock> blocks_;
};

}  // namespace bpfmap::test
