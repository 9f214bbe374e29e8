// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/perf_event_link.h"

#include <unistd.h>

#include <array>
#include <cstdint>

namespace bpfmap::kernel {

namespace {

// The count and the time for which the event was enabled; the time alone is of interest.
std::uint64_t enabled_time(int event) {
  std::array<std::uint64_t, 2> values{};
  const ssize_t got = ::read(event, values.data(), sizeof(values));
  return got == static_cast<ssize_t>(sizeof(values)) ? values[1] : 0;
}

}  // namespace

// The clock of an event that counts goes on, with its CPU. When a CPU goes offline, the kernel
// takes its events away, and does not bring them back with it.
bool is_counting(int event) {
  const std::uint64_t before = enabled_time(event);
  return enabled_time(event) != before;
}

}  // namespace bpfmap::kernel
