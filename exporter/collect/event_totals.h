// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/byte_table.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "decode/event_plan.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

// The rows that the events of a stream add up to: a row for each of the first `max_entries` keys,
// and one for all others. One thread adds while others read; rows keep their order, and go away
// between two walks only, so that a reader that takes them piece by piece misses none.
class EventTotals {
 public:
  // `shape` is that of the rows: CompiledEvents::info. `clock` outlives the totals.
  EventTotals(decode::EventPlan plan, const kernel::MapShape& shape, const Clock& clock);

  // Adds an event of the plan's least_size() bytes or more. One thread at a time.
  void add(std::span<const std::byte> event) BPFMAP_EXCLUDES(mutex_);

  // Events that went to the row of the rest.
  std::uint64_t folded() const { return folded_.load(std::memory_order_relaxed); }

  const kernel::MapShape& shape() const { return shape_; }

  // Fills the block with rows from `first` on, each as it is between two events. Returns whether
  // there may be more.
  bool copy_rows(std::size_t first, kernel::RowBlock& block) const BPFMAP_EXCLUDES(mutex_);

  // Forgets all rows if the plan's time for that is over; for the reader, behind a walk, so that
  // what was counted has been seen.
  void reset_if_due() BPFMAP_EXCLUDES(mutex_);

  // Fills the block with the row of the rest, if anything went there.
  void copy_rest(kernel::RowBlock& block) const BPFMAP_EXCLUDES(mutex_);

 private:
  // A reader has its turn before the next event, however fast events come. A mutex alone gives the
  // one that has just released it the best chances: in a flood one piece in a hundred had to wait
  // for milliseconds, and a walk takes many.
  class BPFMAP_SCOPED_CAPABILITY ReadLock {
   public:
    explicit ReadLock(const EventTotals& totals) BPFMAP_ACQUIRE(totals.mutex_);
    ~ReadLock() BPFMAP_RELEASE();
    ReadLock(const ReadLock&) = delete;
    ReadLock& operator=(const ReadLock&) = delete;

   private:
    const EventTotals& totals_;
  };

  void add_whole(const std::byte* event) BPFMAP_EXCLUDES(mutex_);
  std::byte* row(std::size_t number) const BPFMAP_REQUIRES(mutex_);

  const decode::EventPlan plan_;
  const kernel::MapShape shape_;
  const Clock& clock_;
  std::vector<std::byte> key_;    // of the event that is added
  std::vector<std::byte> whole_;  // that event, where it ends before its struct does
  std::atomic<std::uint64_t> folded_{0};

  mutable std::atomic<std::uint32_t> waiting_readers_{0};
  mutable Mutex mutex_;
  ByteTable keys_ BPFMAP_GUARDED_BY(mutex_);
  // Values in chunks, which need not move when there are more.
  std::vector<std::unique_ptr<std::byte[]>> chunks_ BPFMAP_GUARDED_BY(mutex_);
  std::vector<std::byte> rest_ BPFMAP_GUARDED_BY(mutex_);
  TimePoint began_ BPFMAP_GUARDED_BY(mutex_);
};

// Reads such rows as those of a map.
class EventReader final : public kernel::MapReader {
 public:
  // `catch_up` is called before each walk, to bring in what was submitted before it.
  EventReader(std::shared_ptr<EventTotals> totals, std::function<void()> catch_up);

  std::string_view name() const override { return "events"; }
  const kernel::MapShape& shape() const override { return totals_->shape(); }
  void rewind() override;
  Result<bool> next_batch(kernel::RowBlock& block) override;

 private:
  std::shared_ptr<EventTotals> totals_;
  std::function<void()> catch_up_;
  std::size_t next_ = 0;
  bool rest_is_next_ = false;
};

}  // namespace bpfmap::collect
