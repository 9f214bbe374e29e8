// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <thread>

#include "base/mutex.h"

namespace bpfmap::app {

// A thread that reads the configuration anew whenever it is asked to, so that the thread that asks
// can wait for signals meanwhile. Asking several times while it is busy is asking once. Made and
// destroyed by one thread; any thread may ask.
class BackgroundReload {
 public:
  // `reload` is called by the thread, never twice at a time.
  explicit BackgroundReload(std::function<void()> reload);
  // Waits for the reload that is under way, if there is one.
  ~BackgroundReload();
  BackgroundReload(const BackgroundReload&) = delete;
  BackgroundReload& operator=(const BackgroundReload&) = delete;

  void request() BPFMAP_EXCLUDES(mutex_);

 private:
  void run() BPFMAP_EXCLUDES(mutex_);

  const std::function<void()> reload_;
  Mutex mutex_;
  ConditionVariable changed_;
  bool is_wanted_ BPFMAP_GUARDED_BY(mutex_) = false;
  bool is_over_ BPFMAP_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace bpfmap::app
