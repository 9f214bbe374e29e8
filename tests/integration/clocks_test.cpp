// SPDX-License-Identifier: Apache-2.0
// Times that programs read, and names that they keep in values, up to the page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

class Clocks : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    ::prctl(PR_GET_NAME, name_);
  }
  void TearDown() override { ::prctl(PR_SET_NAME, name_); }

  std::string config(const std::string& maps) const {
    return directory_.write(
        "clocks.yaml", "object: " + test_object("clocks") +
                           "\nmax_age: 1ns\nglobals: { process: " + std::to_string(::getpid()) +
                           ", call: " + std::to_string(SYS_getpgid) + " }\nmaps:\n" + maps);
  }
  // By this process, under that name.
  static void call_as(const char* name) {
    ::prctl(PR_SET_NAME, name);
    static_cast<void>(::getpgid(0));
  }

  TemporaryDirectory directory_;
  char name_[16] = {};
};

constexpr const char* kTimes =
    "  - map: calls\n"
    "    metrics:\n"
    "      - { gauge: boot_timestamp_seconds, value: by_boot, clock: boot }\n"
    "      - { gauge: monotonic_timestamp_seconds, value: by_monotonic, clock: monotonic }\n"
    "  - map: never\n"
    "    metrics: [ { gauge: never_timestamp_seconds, value: by_boot, clock: boot } ]\n"
    "  - map: by_cpu\n"
    "    labels: {}\n"
    "    metrics: [ { gauge: cpu_timestamp_seconds, value: by_boot, clock: boot } ]\n";

// What a clock is off by, and a double; a machine that has slept shows monotonic times later.
constexpr double kOff = 1e-3;

TEST_F(Clocks, ATimeSinceBootIsTheTimeOfDayAtWhichItWas) {
  if (IsSkipped()) return;
  ExporterProcess exporter({"--config=" + config(kTimes)});
  const double before = now();
  call_as("caller");
  const double after = now();
  const MetricsPage page = exporter.scrape();
  const auto is_then = AllOf(Ge(before - kOff), Le(after + kOff));
  EXPECT_THAT(page.value("boot_timestamp_seconds"), is_then);
  EXPECT_THAT(page.value("monotonic_timestamp_seconds"), is_then);
  EXPECT_THAT(page.value("cpu_timestamp_seconds"), is_then);
  EXPECT_EQ(page.value_or("never_timestamp_seconds", -1), -1) << "it has not happened";
  for (int scrapes = 0; scrapes < 5; ++scrapes) {
    EXPECT_EQ(exporter.scrape().value("boot_timestamp_seconds"),
              page.value("boot_timestamp_seconds"))
        << "the same to the last digit";
  }
  exporter.stop();
}

// The id of the only map of that name which the process holds.
std::string map_id(pid_t pid, const std::string& name) {
  for (const std::uint32_t id : kernel_ids_of(pid).maps) {
    const Finished shown = run_program({"bpftool", "map", "show", "id", std::to_string(id)});
    if (shown.out.find("name " + name + " ") != std::string::npos) return std::to_string(id);
  }
  return "no such map";
}

TEST_F(Clocks, InATimeNamespaceTheyAreTheMachines) {
  if (IsSkipped() || lacks(why_no_program("unshare")) || lacks(why_no_program("bpftool"))) return;
  ExporterProcess exporter({"--config=" + config(kTimes)});
  const double before = now();
  call_as("caller");
  const double after = now();
  const std::string contained = directory_.write(
      "contained.yaml",
      "maps:\n  - loaded: { id: " + map_id(exporter.process().pid(), "calls") +
          " }\n    metrics:\n"
          "      - { gauge: boot_timestamp_seconds, value: by_boot, clock: boot }\n"
          "      - { gauge: monotonic_timestamp_seconds, value: by_monotonic, clock: monotonic "
          "}\n");
  const Finished dump =
      run_program({"unshare", "--time", "--boottime", "100000", "--monotonic", "50000", "--fork",
                   "--kill-child", exporter_binary(), "dump", "--config=" + contained});
  ASSERT_EQ(dump.exit_code, 0) << dump.err;
  const MetricsPage page(dump.out);
  EXPECT_THAT(page.value("boot_timestamp_seconds"), AllOf(Ge(before - kOff), Le(after + kOff)));
  EXPECT_THAT(page.value("monotonic_timestamp_seconds"),
              AllOf(Ge(before - kOff), Le(after + kOff)));
  exporter.stop();
}

TEST_F(Clocks, ANameInAValueIsTheSeriesOfItsCounts) {
  if (IsSkipped()) return;
  ExporterProcess exporter({"--config=" + config("  - map: calls\n"
                                                 "    mode: accumulate\n"
                                                 "    labels: { comm: { value: comm } }\n"
                                                 "    metrics: [ { counter: calls_total, value: "
                                                 "count } ]\n"
                                                 "  - map: by_cpu\n"
                                                 "    labels: { comm: { value: comm } }\n"
                                                 "    metrics: [ { counter: cpu_calls_total, "
                                                 "value: count } ]\n")});
  call_as("first");
  call_as("first");
  EXPECT_EQ(exporter.scrape().value("calls_total{comm=\"first\"}"), 2);
  call_as("second");
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value("calls_total{comm=\"first\"}"), 2);
  EXPECT_EQ(page.value("calls_total{comm=\"second\"}"), 1);
  const double named = page.value_or("cpu_calls_total{comm=\"first\"}", 0) +
                       page.value_or("cpu_calls_total{comm=\"second\"}", 0);
  EXPECT_EQ(named, 3) << "of whichever CPU";
  exporter.stop();
}

}  // namespace
}  // namespace bpfmap::test
