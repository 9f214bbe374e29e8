// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "base/boot_clocks.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "decode/sample_plan.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

// The rows of one walk, on their way from the thread that walks to those that make text of them:
// they grow while the walk goes on, and stay what they are. One thread writes, any number read.
class WalkRows {
 public:
  // What the rows are for, and how the clocks stand; before the first of them.
  void begin(std::shared_ptr<const decode::SamplePlan> plan, const BootOffsets& clocks)
      BPFMAP_EXCLUDES(mutex_);
  void add(kernel::RowBlock rows) BPFMAP_EXCLUDES(mutex_);
  // The walk is over; these are all the rows there are, or the walk failed.
  void end(bool whole) BPFMAP_EXCLUDES(mutex_);

  // The block of that number, from 0, as soon as there is one; null where the walk ends before.
  // Valid as long as this object.
  const kernel::RowBlock* wait_for(std::size_t number) const BPFMAP_EXCLUDES(mutex_);
  void wait_for_end() const BPFMAP_EXCLUDES(mutex_);
  // No longer than until then; whether it is over.
  bool wait_for_end(TimePoint deadline) const BPFMAP_EXCLUDES(mutex_);

  bool is_over() const BPFMAP_EXCLUDES(mutex_);
  bool is_whole() const BPFMAP_EXCLUDES(mutex_);
  // Null before begin().
  std::shared_ptr<const decode::SamplePlan> plan() const BPFMAP_EXCLUDES(mutex_);
  BootOffsets clocks() const BPFMAP_EXCLUDES(mutex_);

 private:
  enum class State : std::uint8_t { kGrowing, kWhole, kFailed };

  mutable Mutex mutex_;
  mutable ConditionVariable changed_;
  State state_ BPFMAP_GUARDED_BY(mutex_) = State::kGrowing;
  std::shared_ptr<const decode::SamplePlan> plan_ BPFMAP_GUARDED_BY(mutex_);
  BootOffsets clocks_ BPFMAP_GUARDED_BY(mutex_);
  std::deque<kernel::RowBlock> blocks_ BPFMAP_GUARDED_BY(mutex_);  // none ever moves
};

}  // namespace bpfmap::collect
