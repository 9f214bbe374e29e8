// SPDX-License-Identifier: Apache-2.0
#include "collect/sample_loop.h"

#include <algorithm>
#include <chrono>

namespace bpfmap::collect {

SampleLoop::SampleLoop(std::vector<MapSampler*> samplers) : samplers_(std::move(samplers)) {
  thread_ = std::thread([this] { run(); });
}

SampleLoop::~SampleLoop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  for (MapSampler* sampler : samplers_) sampler->cancel();
  stop_requested_.notify_all();
  thread_.join();
}

void SampleLoop::run() {
  constexpr Duration kNothingToDo = std::chrono::hours(1);
  while (true) {
    TimePoint wake = std::chrono::steady_clock::now() + kNothingToDo;
    for (MapSampler* sampler : samplers_) {
      sampler->sample_if_due();
      wake = std::min(wake, sampler->due());
    }
    const MutexLock lock(mutex_);
    while (!stopping_ && std::chrono::steady_clock::now() < wake) {
      stop_requested_.wait_until(mutex_, wake);
    }
    if (stopping_) return;
  }
}

}  // namespace bpfmap::collect
