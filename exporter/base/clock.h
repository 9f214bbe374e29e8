// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace bpfmap {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

// Monotonic time, as an interface so that tests of ages and intervals need not wait. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

class SteadyClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
};

// That of this process. Any thread.
inline const Clock& steady_clock() {
  static const SteadyClock clock;
  return clock;
}

inline double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace bpfmap
