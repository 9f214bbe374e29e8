// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "support/gate.h"

namespace bpfmap::test {

// Ends the process, and with it the test as a failure, if it still lives when patience ends: a
// thread that nothing wakes cannot be joined. Later than gates open, which say more.
class Watchdog {
 public:
  Watchdog() : thread_([this] { wait(); }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void wait() {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kThreadPatience * 3 / 2, [this] { return done_; })) return;
    std::fputs("the test waits for something that does not come\n", stderr);
    std::abort();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

// A test whose threads wait for each other.
class BoundedTest : public ::testing::Test {
 private:
  Watchdog watchdog_;
};

}  // namespace bpfmap::test
