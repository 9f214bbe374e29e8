// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/clock.h"
#include "support/gate.h"

namespace bpfmap::test {

// Time that stands still until a test moves it. Counts how often it is asked, so that a test can
// wait until other threads have begun something. Thread-safe.
class FakeClock final : public Clock {
 public:
  TimePoint now() const override {
    const std::lock_guard lock(mutex_);
    ++asked_;
    changed_.notify_all();
    return now_;
  }

  void advance(Duration by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
  }

  int asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  void wait_until_asked(int times) const {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kThreadPatience, [&] { return asked_ >= times; }))
        << "asked " << asked_ << " times, and not " << times;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int asked_ = 0;
  TimePoint now_{std::chrono::hours(1000)};
};

}  // namespace bpfmap::test
