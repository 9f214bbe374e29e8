// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/thread_annotations.h"

namespace bpfmap {

// std::mutex, annotated so that clang checks which members it guards:
// `int count_ BPFMAP_GUARDED_BY(mutex_);`.
class BPFMAP_CAPABILITY("mutex") Mutex {
 public:
  void lock() BPFMAP_ACQUIRE() { mutex_.lock(); }
  bool try_lock() BPFMAP_TRY_ACQUIRE(true) { return mutex_.try_lock(); }
  void unlock() BPFMAP_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds a Mutex as long as it lives, in the thread that made it.
class BPFMAP_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) BPFMAP_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() BPFMAP_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits while a Mutex is held: `while (!condition) changed_.wait(mutex_);`
using ConditionVariable = std::condition_variable_any;

}  // namespace bpfmap
