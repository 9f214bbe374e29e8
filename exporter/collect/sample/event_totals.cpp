// SPDX-License-Identifier: Apache-2.0
#include "collect/event_totals.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace bpfmap::collect {
namespace {

constexpr std::size_t kRowsPerChunk = 64;

// Bytes that a reader copies at most before it lets the next event in (but one row at least):
// a few microseconds.
constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

EventTotals::ReadLock::ReadLock(const EventTotals& totals) : totals_(totals) {
  totals.waiting_readers_.fetch_add(1);
  totals.mutex_.lock();
  totals.waiting_readers_.fetch_sub(1);
  totals.waiting_readers_.notify_all();
}

EventTotals::ReadLock::~ReadLock() { totals_.mutex_.unlock(); }

EventTotals::EventTotals(decode::EventPlan plan, const kernel::MapShape& shape, const Clock& clock)
    : plan_(std::move(plan)),
      shape_(shape),
      clock_(clock),
      key_(shape.key_size),
      began_(clock.now()) {}

void EventTotals::reset_if_due() {
  if (!plan_.reset_every()) return;
  const TimePoint now = clock_.now();
  const ReadLock lock(*this);
  if (now - began_ < *plan_.reset_every()) return;
  began_ = now;
  keys_ = ByteTable();
  chunks_.clear();
  rest_.clear();
}

std::byte* EventTotals::row(std::size_t number) const {
  return chunks_[number / kRowsPerChunk].get() + number % kRowsPerChunk * shape_.value_size;
}

// What an event does not have is zeroes, and text ends there.
void EventTotals::add(std::span<const std::byte> event) {
  if (event.size() >= plan_.event_size()) return add_whole(event.data());
  whole_.assign(plan_.event_size(), std::byte{0});
  std::copy(event.begin(), event.end(), whole_.begin());
  add_whole(whole_.data());
}

void EventTotals::add_whole(const std::byte* event) {
  plan_.write_key(event, key_.data());
  const std::string_view key = text_of(key_);
  for (std::uint32_t readers = 0; (readers = waiting_readers_.load()) != 0;) {
    waiting_readers_.wait(readers);
  }
  const MutexLock lock(mutex_);
  const std::size_t known = keys_.size();
  if (known >= shape_.max_entries) {
    if (const auto number = keys_.find(key)) {
      plan_.add(event, row(*number), /*is_first=*/false);
      return;
    }
    const bool is_first = rest_.empty();
    rest_.resize(shape_.value_size);
    plan_.add(event, rest_.data(), is_first);
    folded_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (chunks_.size() * kRowsPerChunk == known) {  // room for a new key, before there is one
    chunks_.push_back(std::make_unique<std::byte[]>(kRowsPerChunk * shape_.value_size));
  }
  const std::size_t number = keys_.find_or_add(key);
  plan_.add(event, row(number), /*is_first=*/number == known);
}

bool EventTotals::copy_rows(std::size_t first, kernel::RowBlock& block) const {
  const std::size_t row_bytes = std::size_t{shape_.key_size} + shape_.value_size;
  const std::size_t piece =
      std::max<std::size_t>(1, kPieceBytes / std::max<std::size_t>(1, row_bytes));
  std::uint32_t count = 0;
  bool more = true;
  while (more && count < block.capacity()) {
    const ReadLock lock(*this);
    const std::size_t known = keys_.size();
    for (std::size_t i = 0; i < piece && count < block.capacity(); ++i, ++count) {
      const std::size_t number = first + count;
      if (number >= known) break;
      keys_.bytes(number).copy(
          reinterpret_cast<char*>(block.keys()) + std::size_t{count} * shape_.key_size,
          shape_.key_size);
      std::memcpy(block.values() + std::size_t{count} * shape_.value_size, row(number),
                  shape_.value_size);
    }
    more = first + count < known;
  }
  block.set_count(count);
  return more;
}

void EventTotals::copy_rest(kernel::RowBlock& block) const {
  block.reserve(1);
  block.set_rest();
  const ReadLock lock(*this);
  if (rest_.empty()) return;
  std::memset(block.keys(), 0, shape_.key_size);
  std::memcpy(block.values(), rest_.data(), rest_.size());
  block.set_count(1);
}

EventReader::EventReader(std::shared_ptr<EventTotals> totals, std::function<void()> catch_up)
    : totals_(std::move(totals)), catch_up_(std::move(catch_up)) {}

void EventReader::rewind() {
  catch_up_();
  next_ = 0;
  rest_is_next_ = false;
}

Result<bool> EventReader::next_batch(kernel::RowBlock& block) {
  if (rest_is_next_) {
    totals_->copy_rest(block);
    totals_->reset_if_due();
    return false;
  }
  if (block.capacity() == 0) block.reserve(64);
  rest_is_next_ = !totals_->copy_rows(next_, block);
  next_ += block.count();
  return true;
}

}  // namespace bpfmap::collect
