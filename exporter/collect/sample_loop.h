// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "collect/map_sampler.h"

namespace bpfmap::collect {

// A thread that samples every map whenever its interval is over, whether anybody scrapes or not:
// LRU maps forget, and a first scrape should find something. Scrapes take samples of their own
// beside it.
class SampleLoop {
 public:
  // The samplers outlive the loop. The thread starts at once.
  explicit SampleLoop(std::vector<MapSampler*> samplers);
  // Cancels walks that are under way and joins the thread.
  ~SampleLoop();
  SampleLoop(const SampleLoop&) = delete;
  SampleLoop& operator=(const SampleLoop&) = delete;

 private:
  void run() BPFMAP_EXCLUDES(mutex_);

  std::vector<MapSampler*> samplers_;
  Mutex mutex_;
  ConditionVariable stop_requested_;
  bool stopping_ BPFMAP_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace bpfmap::collect
