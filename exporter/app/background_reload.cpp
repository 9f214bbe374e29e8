// SPDX-License-Identifier: Apache-2.0
#include "app/background_reload.h"

#include <utility>

namespace bpfmap::app {

BackgroundReload::BackgroundReload(std::function<void()> reload)
    : reload_(std::move(reload)), thread_([this] { run(); }) {}

BackgroundReload::~BackgroundReload() {
  {
    const MutexLock lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BackgroundReload::request() {
  {
    const MutexLock lock(mutex_);
    is_wanted_ = true;
  }
  changed_.notify_all();
}

void BackgroundReload::run() {
  while (true) {
    {
      const MutexLock lock(mutex_);
      while (!is_wanted_ && !is_over_) changed_.wait(mutex_);
      if (is_over_) return;
      is_wanted_ = false;
    }
    reload_();
  }
}

}  // namespace bpfmap::app
