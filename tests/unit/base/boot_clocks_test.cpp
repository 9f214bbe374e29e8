// SPDX-License-Identifier: Apache-2.0
#include "base/boot_clocks.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace bpfmap {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1'700'000'000 * kSecond;  // of day

// A machine whose clocks a test sets. Reading one takes a while, in which they go on.
class Machine {
 public:
  std::int64_t time_of_day = kNow;
  std::int64_t boot = 5000 * kSecond;
  std::int64_t monotonic = 5000 * kSecond;
  // How long the readings to come take; the last one for all further ones.
  std::vector<std::int64_t> takes = {20};

  // Until the next reading.
  void sleep(std::int64_t nanoseconds) {
    time_of_day += nanoseconds;
    boot += nanoseconds;
  }
  void pass(std::int64_t nanoseconds) {
    sleep(nanoseconds);
    monotonic += nanoseconds;
  }
  ReadClock reader() {
    return [this](clockid_t clock) {
      const std::int64_t took = takes.front();
      if (takes.size() > 1) takes.erase(takes.begin());
      // The clock is read somewhere in between.
      pass(took / 3);
      const std::int64_t now = clock == CLOCK_REALTIME   ? time_of_day
                               : clock == CLOCK_BOOTTIME ? boot
                                                         : monotonic;
      pass(took - took / 3);
      return now;
    };
  }
};

TEST(BootOffsets, AreOffByNoMoreThanTheySay) {
  Machine machine;
  for (const std::int64_t took : {1, 20, 1000, 999'999}) {
    machine.takes = {took};
    machine.sleep(took);  // the clocks are not the same
    const BootOffsets offsets = measure_boot_offsets(machine.reader(), {});
    EXPECT_LE(std::abs(offsets.boot - (machine.time_of_day - machine.boot)), offsets.uncertainty);
    EXPECT_LE(std::abs(offsets.monotonic - (machine.time_of_day - machine.monotonic)),
              offsets.uncertainty);
    EXPECT_LE(offsets.uncertainty, 3 * took + 1);
  }
}

TEST(BootOffsets, ComeFromTheTurnThatNothingInterrupted) {
  Machine machine;
  constexpr std::int64_t kInterrupted = kSecond / 100;
  // Five readings a turn: the first and the third turn are interrupted, each at another place.
  machine.takes = {20, kInterrupted, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, kInterrupted, 20};
  const BootOffsets offsets = measure_boot_offsets(machine.reader(), {});
  EXPECT_LE(offsets.uncertainty, 60);
  EXPECT_LE(std::abs(offsets.boot - (machine.time_of_day - machine.boot)), offsets.uncertainty);
}

TEST(BootOffsets, AreThoseOfTheMachineInATimeNamespace) {
  Machine machine;
  const std::int64_t boot = machine.time_of_day - machine.boot;
  const std::int64_t monotonic = machine.time_of_day - machine.monotonic;
  // The process sees clocks that are ahead of what BPF programs read.
  machine.boot += 100 * kSecond;
  machine.monotonic -= 7 * kSecond;
  const auto shift = parse_time_namespace("monotonic          -7         0\nboottime 100 0\n");
  const BootOffsets offsets = measure_boot_offsets(machine.reader(), shift);
  EXPECT_LE(std::abs(offsets.boot - boot), offsets.uncertainty);
  EXPECT_LE(std::abs(offsets.monotonic - monotonic), offsets.uncertainty);
}

TEST(BootOffsets, TakeAnUnknownTimeNamespaceForTheMachines) {
  for (const char* text : {"", "boottime", "boottime x 1", "tai 1 1\n"}) {
    const BootClockShift shift = parse_time_namespace(text);
    EXPECT_EQ(shift.boot, 0) << text;
    EXPECT_EQ(shift.monotonic, 0) << text;
  }
  EXPECT_EQ(parse_time_namespace("boottime 1 500000000\n").boot, kSecond * 3 / 2);
}

TEST(BootClocks, ShowAPointInTimeAtTheSameTimeOfDayFromScrapeToScrape) {
  Machine machine;
  BootClocks clocks(machine.reader(), {});
  const BootOffsets first = clocks.now();
  for (const std::int64_t took : {25, 40, 30, 21, 1000, 20}) {
    machine.pass(15 * kSecond);
    machine.takes = {took};
    EXPECT_EQ(clocks.now().boot, first.boot);
    EXPECT_EQ(clocks.now().monotonic, first.monotonic);
  }
}

TEST(BootClocks, FollowTheTimeOfDayWhenItIsSet) {
  for (const std::int64_t step : {-3600 * kSecond, -5000L, 5000L, 3600 * kSecond}) {
    Machine machine;
    BootClocks clocks(machine.reader(), {});
    clocks.now();
    machine.time_of_day += step;
    const BootOffsets after = clocks.now();
    EXPECT_LE(std::abs(after.boot - (machine.time_of_day - machine.boot)), after.uncertainty);
    EXPECT_LE(std::abs(after.monotonic - (machine.time_of_day - machine.monotonic)),
              after.uncertainty);
  }
}

TEST(BootClocks, NeverSayThatTheyAreBetterThanTheyAre) {
  // Steps that a measurement cannot tell from its own uncertainty.
  for (std::int64_t step = -400; step <= 400; step += 10) {
    Machine machine;
    machine.takes = {50};
    BootClocks clocks(machine.reader(), {});
    clocks.now();
    machine.time_of_day += step;
    const BootOffsets after = clocks.now();
    EXPECT_LE(std::abs(after.boot - (machine.time_of_day - machine.boot)), after.uncertainty)
        << step;
  }
}

TEST(BootClocks, KeepTheBootClockWhenTheMachineSleeps) {
  Machine machine;
  BootClocks clocks(machine.reader(), {});
  const BootOffsets before = clocks.now();
  machine.sleep(8 * 3600 * kSecond);
  const BootOffsets after = clocks.now();
  EXPECT_LE(std::abs(after.boot - before.boot), after.uncertainty);
  EXPECT_NEAR(static_cast<double>(after.monotonic - before.monotonic), 8.0 * 3600 * kSecond, 200);
}

TEST(BootClocks, LearnFromABetterMeasurement) {
  Machine machine;
  machine.takes = {kSecond / 100};  // every turn was interrupted
  BootClocks clocks(machine.reader(), {});
  EXPECT_GT(clocks.now().uncertainty, kSecond / 100);
  machine.takes = {20};
  const BootOffsets later = clocks.now();
  EXPECT_LE(later.uncertainty, 60);
  EXPECT_LE(std::abs(later.boot - (machine.time_of_day - machine.boot)), later.uncertainty);
}

TEST(BootClocks, OfThisMachineAgreeWithItsTimeOfDay) {
  BootClocks clocks;
  const std::int64_t before = read_system_clock(CLOCK_REALTIME);
  const BootOffsets offsets = clocks.now();
  const std::int64_t boot = read_system_clock(CLOCK_BOOTTIME) - own_time_namespace().boot;
  const std::int64_t after = read_system_clock(CLOCK_REALTIME);
  EXPECT_GE(boot + offsets.boot, before - offsets.uncertainty);
  EXPECT_LE(boot + offsets.boot, after + offsets.uncertainty);
}

}  // namespace
}  // namespace bpfmap
