// SPDX-License-Identifier: Apache-2.0
#include "base/boot_clocks.h"

#include <cstdlib>
#include <sstream>
#include <string>

#include "base/small_file.h"

namespace bpfmap {
namespace {

constexpr int kTurns = 5;
constexpr std::int64_t kSecond = 1'000'000'000;

// The time of day between two readings of each other clock, which surround it evenly.
BootOffsets take_turn(const ReadClock& read) {
  const std::int64_t boot_before = read(CLOCK_BOOTTIME);
  const std::int64_t monotonic_before = read(CLOCK_MONOTONIC);
  const std::int64_t time_of_day = read(CLOCK_REALTIME);
  const std::int64_t monotonic_after = read(CLOCK_MONOTONIC);
  const std::int64_t boot_after = read(CLOCK_BOOTTIME);
  const std::int64_t took = boot_after - boot_before;
  return {time_of_day - (boot_before + took / 2),
          time_of_day - (monotonic_before + (monotonic_after - monotonic_before) / 2),
          took / 2 + 1};
}

bool may_be_equal(std::int64_t a, std::int64_t b, std::int64_t uncertainty) {
  return std::abs(a - b) <= uncertainty;
}

}  // namespace

BootClockShift parse_time_namespace(std::string_view text) {
  BootClockShift shift;
  std::istringstream lines{std::string(text)};
  std::string clock;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  while (lines >> clock >> seconds >> nanoseconds) {
    if (clock == "monotonic") shift.monotonic = seconds * kSecond + nanoseconds;
    if (clock == "boottime") shift.boot = seconds * kSecond + nanoseconds;
  }
  return shift;
}

BootClockShift own_time_namespace() {
  return parse_time_namespace(read_small_file("/proc/self/timens_offsets").value_or(""));
}

std::int64_t read_system_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}

BootOffsets measure_boot_offsets(const ReadClock& read, BootClockShift shift) {
  BootOffsets best = take_turn(read);
  for (int turn = 1; turn < kTurns; ++turn) {
    const BootOffsets other = take_turn(read);
    if (other.uncertainty < best.uncertainty) best = other;
  }
  best.boot += shift.boot;
  best.monotonic += shift.monotonic;
  return best;
}

BootOffsets BootClocks::now() {
  const BootOffsets measured = measure_boot_offsets(read_, shift_);
  const MutexLock lock(mutex_);
  if (last_) {
    const std::int64_t uncertainty = last_->uncertainty + measured.uncertainty;
    const bool is_same = may_be_equal(last_->boot, measured.boot, uncertainty) &&
                         may_be_equal(last_->monotonic, measured.monotonic, uncertainty);
    const bool is_much_better = measured.uncertainty < last_->uncertainty / 4;
    if (is_same && !is_much_better) {
      return {last_->boot, last_->monotonic, last_->uncertainty + 2 * measured.uncertainty};
    }
  }
  last_ = measured;
  return measured;
}

}  // namespace bpfmap
