// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "collect/sample/map_sampler.h"

namespace bpfmap::collect {

// A thread that samples every map whenever its interval is over, whether there are scrapes or not:
// LRU maps forget, and a first scrape should find something. Scrapes take samples of their own
// beside it. Made and destroyed by one thread; replace() may be called by any.
class SampleLoop {
 public:
  using Samplers = std::vector<std::shared_ptr<MapSampler>>;

  // The thread starts at once.
  explicit SampleLoop(Samplers samplers);
  // Cancels walks that are under way and joins the thread.
  ~SampleLoop();
  SampleLoop(const SampleLoop&) = delete;
  SampleLoop& operator=(const SampleLoop&) = delete;

  // Goes on with these; a walk that is under way is not waited for.
  void replace(Samplers samplers) BPFMAP_EXCLUDES(mutex_);

 private:
  void run() BPFMAP_EXCLUDES(mutex_);

  Mutex mutex_;
  ConditionVariable changed_;
  Samplers samplers_ BPFMAP_GUARDED_BY(mutex_);
  std::uint64_t replacements_ BPFMAP_GUARDED_BY(mutex_) = 0;
  bool stopping_ BPFMAP_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace bpfmap::collect
