// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/error.h"
#include "kernel/map_shape.h"

namespace bpfmap::kernel {

// Rows of one batch: keys and values, each packed without gaps, as the kernel
// wrote them. Move-only.
class RowBlock {
 public:
  RowBlock() = default;
  RowBlock(const MapShape& shape, std::uint32_t capacity);

  // Makes room for at least `capacity` rows; what was in the block is lost.
  void reserve(std::uint32_t capacity);

  std::uint32_t capacity() const { return capacity_; }
  std::uint32_t count() const { return count_; }
  void set_count(std::uint32_t count) { count_ = count; }
  std::uint32_t key_size() const { return key_size_; }
  std::uint32_t row_value_size() const { return value_size_; }
  // Values in a row, one behind the other: of each possible CPU, or 1 where the map has but one or
  // the reader has combined them.
  std::uint32_t cpus() const { return cpus_; }
  std::uint32_t cpu_stride() const { return value_size_ / cpus_; }

  // Rows that stand for all keys that had no room in a bounded table: of their keys only the slot
  // of a histogram means anything, and their labels read `other`.
  bool is_rest() const { return is_rest_; }
  void set_rest() { is_rest_ = true; }

  std::byte* keys() { return bytes_.get(); }
  std::byte* values() { return bytes_.get() + values_at_; }
  const std::byte* key(std::uint32_t row) const {
    return bytes_.get() + std::size_t{row} * key_size_;
  }
  const std::byte* value(std::uint32_t row) const {
    return bytes_.get() + values_at_ + std::size_t{row} * value_size_;
  }

 private:
  std::uint32_t key_size_ = 0;
  std::uint32_t value_size_ = 0;
  std::uint32_t cpus_ = 1;
  std::uint32_t capacity_ = 0;
  std::uint32_t count_ = 0;
  bool is_rest_ = false;
  std::size_t values_at_ = 0;
  // Both in one piece, which is large enough to go back to the system when it is freed.
  std::unique_ptr<std::byte[]> bytes_;
};

// Walks one map. One thread at a time; the map's descriptor outlives the reader.
//
// A walk sees every entry that exists during all of it, exactly once; entries that come or go
// meanwhile are seen once or not at all. Values of one entry may be torn between words where
// writers are at work (except under bpf_spin_lock). A walk that cannot keep this promise ends in an
// error, never in a short result that looks complete.
class MapReader {
 public:
  virtual ~MapReader() = default;

  // "batch", "next_key", "mmap" or "iter", as in the configuration and on the status page.
  virtual std::string_view name() const = 0;

  // Of the rows that the walk returns; constant from one rewind() to the next. It is the map's own,
  // except where a reader combines CPUs or puts something before the key.
  virtual const MapShape& shape() const = 0;

  // Starts a new walk.
  virtual void rewind() = 0;

  // Fills `block` with the next rows (it may be enlarged, and may come back empty). True when
  // there may be more, false when these were the last. After an error the walk is over;
  // rewind() starts another.
  virtual Result<bool> next_batch(RowBlock& block) = 0;
};

}  // namespace bpfmap::kernel
