// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/read_ahead.h"

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "base/block_signals.h"

namespace bpfmap::collect {
namespace {

// A walk of fewer batches is over before another thread has begun.
constexpr int kBatchesOfAShortWalk = 4;
// Enough that neither thread waits for the other at every turn.
constexpr std::size_t kMostAhead = 16;

}  // namespace

ReadAhead::ReadAhead(kernel::MapReader& reader, std::uint32_t capacity)
    : reader_(reader), capacity_(capacity) {
  reader_.rewind();
}

ReadAhead::~ReadAhead() {
  if (!thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

ReadAhead::Batch ReadAhead::read(kernel::RowBlock block) {
  try {
    if (block.capacity() < capacity_) block = kernel::RowBlock(reader_.shape(), capacity_);
    Result<bool> more = reader_.next_batch(block);
    capacity_ = block.capacity();
    return {std::move(block), std::move(more)};
  } catch (const std::bad_alloc&) {
    return {
        {},
        unexpected(Error{
            .kind = ErrorKind::kSystem, .operation = "read", .subject = "a map", .code = ENOMEM})};
  }
}

Result<bool> ReadAhead::next_batch(kernel::RowBlock& block) {
  if (!thread_.joinable()) {
    if (read_here_ < kBatchesOfAShortWalk || !start_thread()) {
      ++read_here_;
      Batch batch = read(std::move(block));
      block = std::move(batch.rows);
      return batch.more;
    }
  }
  std::optional<Batch> batch;
  {
    const MutexLock lock(mutex_);
    if (spare_.size() < spare_.capacity()) spare_.push_back(std::move(block));
    while (ahead_.empty()) changed_.wait(mutex_);
    batch = std::move(ahead_.front());
    ahead_.erase(ahead_.begin());
  }
  changed_.notify_all();
  block = std::move(batch->rows);
  return std::move(batch->more);
}

bool ReadAhead::start_thread() {
  try {
    {
      const MutexLock lock(mutex_);
      ahead_.reserve(kMostAhead);
      spare_.reserve(kMostAhead + 1);
    }
    const BlockSignals block_signals;
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return false;
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

void ReadAhead::run() {
  for (bool more = true; more;) {
    kernel::RowBlock block;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && ahead_.size() >= kMostAhead) changed_.wait(mutex_);
      if (stopping_) return;
      if (!spare_.empty()) {
        block = std::move(spare_.back());
        spare_.pop_back();
      }
    }
    Batch batch = read(std::move(block));
    more = batch.more.value_or(false);
    {
      const MutexLock lock(mutex_);
      ahead_.push_back(std::move(batch));
    }
    changed_.notify_all();
  }
}

}  // namespace bpfmap::collect
