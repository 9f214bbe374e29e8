// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

#include "base/clock.h"
#include "base/mutex.h"

namespace bpfmap::app {

// A bound for the orderly end of the process, which waits for threads that may hang in the kernel:
// when it is over, the process ends all the same, with kSystemRefused. While one of these lives.
// Made and destroyed by one thread.
class ForcedEnd {
 public:
  explicit ForcedEnd(Duration bound);
  // The end was orderly.
  ~ForcedEnd();
  ForcedEnd(const ForcedEnd&) = delete;
  ForcedEnd& operator=(const ForcedEnd&) = delete;

 private:
  void run(TimePoint at) BPFMAP_EXCLUDES(mutex_);

  Mutex mutex_;
  ConditionVariable changed_;
  bool is_over_ BPFMAP_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace bpfmap::app
