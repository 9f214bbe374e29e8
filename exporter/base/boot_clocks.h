// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/mutex.h"

namespace bpfmap {

// What a Unix time is ahead of the times that BPF programs read, in nanoseconds: added to one of
// those it gives the time of day at which it was read, as far as it is known today.
struct BootOffsets {
  std::int64_t boot = 0;       // of bpf_ktime_get_boot_ns()
  std::int64_t monotonic = 0;  // of bpf_ktime_get_ns()
  // How far each may be off. Reading a clock takes a while, and the thread may be interrupted.
  std::int64_t uncertainty = 0;
};

// What the clocks of a time namespace show more than those of the machine, in nanoseconds.
struct BootClockShift {
  std::int64_t boot = 0;
  std::int64_t monotonic = 0;
};

// In the text of a /proc/PID/timens_offsets. Nothing is shifted where there is no such line.
BootClockShift parse_time_namespace(std::string_view text);
// Of this process.
BootClockShift own_time_namespace();

// Nanoseconds on a clock of clock_gettime(2).
using ReadClock = std::function<std::int64_t(clockid_t)>;
std::int64_t read_system_clock(clockid_t clock);

// One measurement: the clocks are read in turn, several times, and the quickest turn counts.
// `uncertainty` is half the time that it took.
BootOffsets measure_boot_offsets(const ReadClock& read, BootClockShift shift);

// The offsets from one measurement to the next. They change only when the time of day is set
// (or the machine slept, for the monotonic clock): between that, each measurement differs by
// what it is uncertain about, and the offsets stay what they were, so that a point in time
// does not seem to change from scrape to scrape. What now() returns is off by its
// `uncertainty` at most. Thread-safe.
class BootClocks {
 public:
  BootClocks() : BootClocks(read_system_clock, own_time_namespace()) {}
  BootClocks(ReadClock read, BootClockShift shift) : read_(std::move(read)), shift_(shift) {}

  // Measures.
  BootOffsets now() BPFMAP_EXCLUDES(mutex_);

 private:
  const ReadClock read_;
  const BootClockShift shift_;
  Mutex mutex_;
  std::optional<BootOffsets> last_ BPFMAP_GUARDED_BY(mutex_);  // as it was measured
};

}  // namespace bpfmap
