// SPDX-License-Identifier: Apache-2.0
#include "collect/sample_loop.h"

#include <algorithm>
#include <chrono>

#include "base/heap.h"

namespace bpfmap::collect {

SampleLoop::SampleLoop(Samplers samplers) : samplers_(std::move(samplers)) {
  thread_ = std::thread([this] { run(); });
}

SampleLoop::~SampleLoop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& sampler : samplers_) sampler->cancel();
  }
  changed_.notify_all();
  thread_.join();
}

void SampleLoop::replace(Samplers samplers) {
  {
    const MutexLock lock(mutex_);
    samplers_ = std::move(samplers);
    ++replacements_;
  }
  changed_.notify_all();
}

void SampleLoop::run() {
  constexpr Duration kBetweenLooksAtTheHeap = std::chrono::minutes(1);
  TimePoint heap_due = std::chrono::steady_clock::now() + kBetweenLooksAtTheHeap;
  while (true) {
    Samplers samplers;
    std::uint64_t replacements = 0;
    {
      const MutexLock lock(mutex_);
      if (stopping_) return;
      samplers = samplers_;
      replacements = replacements_;
    }
    if (std::chrono::steady_clock::now() >= heap_due) {
      give_much_memory_back();
      heap_due = std::chrono::steady_clock::now() + kBetweenLooksAtTheHeap;
    }
    TimePoint wake = heap_due;
    for (const auto& sampler : samplers) {
      sampler->sample_if_due();
      wake = std::min(wake, sampler->due());
    }
    samplers.clear();  // what was replaced meanwhile need not wait for this thread to be gone
    const MutexLock lock(mutex_);
    while (!stopping_ && replacements == replacements_ && std::chrono::steady_clock::now() < wake) {
      changed_.wait_until(mutex_, wake);
    }
  }
}

}  // namespace bpfmap::collect
