// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/reader_trial.h"

#include <algorithm>

namespace bpfmap::kernel {

void ReaderTrial::walked(Duration duration, std::uint64_t entries) {
  if (decided_ || entries < kLeastEntries) return;
  durations_[current_].push_back(duration);
  if (durations_[1].size() < kWalks) {
    current_ = 1 - current_;
    return;
  }
  decided_ = true;
  current_ = median(1) * Faster::den < median(0) * Faster::num ? 1 : 0;
}

void ReaderTrial::failed() {
  if (decided_ || current_ == 0) return;
  decided_ = true;
  current_ = 0;
}

Duration ReaderTrial::median(std::size_t which) const {
  std::vector<Duration> sorted = durations_.at(which);
  if (sorted.empty()) return {};
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

}  // namespace bpfmap::kernel
