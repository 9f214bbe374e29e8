// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "kernel/map_reader.h"
#include "support/gate.h"
#include "support/row_builder.h"

namespace bpfmap::test {

// What a FakeMapReader reads: rows that a test can change, failures, and what was asked of it.
// Thread-safe, except that the functions are set before the first read.
class FakeMap {
 public:
  explicit FakeMap(kernel::MapShape shape) : shape_(shape) {}

  template <typename Key, typename Value>
  void set(const Key& key, const Value& value) {
    const std::lock_guard lock(mutex_);
    for (auto& [known, old] : rows_) {
      if (known == bytes_of(key)) {
        old = bytes_of(value);
        return;
      }
    }
    rows_.emplace_back(bytes_of(key), bytes_of(value));
  }

  // A row whose key is not in the map yet; quicker than set().
  template <typename Key, typename Value>
  void append(const Key& key, const Value& value) {
    const std::lock_guard lock(mutex_);
    rows_.emplace_back(bytes_of(key), bytes_of(value));
  }

  // Walks fail so until the code is 0 again.
  void fail_with(int code) { failure_ = code; }

  const kernel::MapShape& shape() const { return shape_; }
  int walks() const { return walks_; }
  std::vector<std::uint32_t> capacities() const {
    const std::lock_guard lock(mutex_);
    return capacities_;
  }

  // Every batch passes here first.
  Gate batches;
  // Called for every batch behind the gate.
  std::function<void()> on_batch;
  // Rows that a batch needs room for, beyond what it is offered.
  std::uint32_t least_capacity = 0;
  // A walk that never says that it has seen everything.
  std::atomic<bool> endless = false;

 private:
  friend class FakeMapReader;

  Result<bool> read(std::size_t& at, kernel::RowBlock& block) {
    batches.pass();
    if (on_batch) on_batch();
    if (const int code = failure_; code != 0) {
      return unexpected(Error{
          .kind = ErrorKind::kSystem, .operation = "read map", .subject = "'m'", .code = code});
    }
    const std::lock_guard lock(mutex_);
    capacities_.push_back(block.capacity());
    block.reserve(std::max(least_capacity, block.capacity()));
    std::uint32_t count = 0;
    for (; at < rows_.size() && count < block.capacity(); ++at, ++count) {
      const auto& [key, value] = rows_[at];
      std::memcpy(block.keys() + std::size_t{count} * shape_.key_size, key.data(), key.size());
      std::memcpy(block.values() + std::size_t{count} * shape_.row_value_size(), value.data(),
                  value.size());
    }
    block.set_count(count);
    return endless || at < rows_.size();
  }

  kernel::MapShape shape_;
  std::atomic<int> failure_ = 0;
  std::atomic<int> walks_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::pair<Bytes, Bytes>> rows_;
  std::vector<std::uint32_t> capacities_;
};

class FakeMapReader final : public kernel::MapReader {
 public:
  explicit FakeMapReader(std::shared_ptr<FakeMap> map) : map_(std::move(map)) {}

  std::string_view name() const override { return "fake"; }
  const kernel::MapShape& shape() const override { return map_->shape(); }
  void rewind() override {
    ++map_->walks_;
    at_ = 0;
  }
  Result<bool> next_batch(kernel::RowBlock& block) override { return map_->read(at_, block); }

 private:
  std::shared_ptr<FakeMap> map_;
  std::size_t at_ = 0;
};

}  // namespace bpfmap::test
