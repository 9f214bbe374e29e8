// SPDX-License-Identifier: Apache-2.0
#include "app/forced_end.h"

#include <unistd.h>

#include <chrono>

#include "base/exit_codes.h"
#include "base/log.h"

namespace bpfmap::app {

ForcedEnd::ForcedEnd(Duration bound)
    : thread_([this, at = std::chrono::steady_clock::now() + bound] { run(at); }) {}

ForcedEnd::~ForcedEnd() {
  {
    const MutexLock lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ForcedEnd::run(TimePoint at) {
  {
    const MutexLock lock(mutex_);
    while (!is_over_) {
      if (changed_.wait_until(mutex_, at) == std::cv_status::timeout) break;
    }
    if (is_over_) return;
  }
  log::error("something hangs that the end waits for; it is waited for no longer");
  ::_exit(kSystemRefused);
}

}  // namespace bpfmap::app
