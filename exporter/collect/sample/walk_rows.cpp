// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/walk_rows.h"

#include <utility>

namespace bpfmap::collect {

void WalkRows::begin(std::shared_ptr<const decode::SamplePlan> plan, const BootOffsets& clocks) {
  const MutexLock lock(mutex_);
  plan_ = std::move(plan);
  clocks_ = clocks;
}

void WalkRows::add(kernel::RowBlock rows) {
  {
    const MutexLock lock(mutex_);
    blocks_.push_back(std::move(rows));
  }
  changed_.notify_all();
}

void WalkRows::end(bool whole) {
  {
    const MutexLock lock(mutex_);
    state_ = whole ? State::kWhole : State::kFailed;
  }
  changed_.notify_all();
}

const kernel::RowBlock* WalkRows::wait_for(std::size_t number) const {
  const MutexLock lock(mutex_);
  while (number >= blocks_.size() && state_ == State::kGrowing) changed_.wait(mutex_);
  return number < blocks_.size() ? &blocks_[number] : nullptr;
}

void WalkRows::wait_for_end() const {
  const MutexLock lock(mutex_);
  while (state_ == State::kGrowing) changed_.wait(mutex_);
}

bool WalkRows::wait_for_end(TimePoint deadline) const {
  const MutexLock lock(mutex_);
  while (state_ == State::kGrowing) {
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
  }
  return state_ != State::kGrowing;
}

bool WalkRows::is_over() const {
  const MutexLock lock(mutex_);
  return state_ != State::kGrowing;
}

bool WalkRows::is_whole() const {
  const MutexLock lock(mutex_);
  return state_ == State::kWhole;
}

std::shared_ptr<const decode::SamplePlan> WalkRows::plan() const {
  const MutexLock lock(mutex_);
  return plan_;
}

BootOffsets WalkRows::clocks() const {
  const MutexLock lock(mutex_);
  return clocks_;
}

}  // namespace bpfmap::collect
