// SPDX-License-Identifier: Apache-2.0
#include "collect/self/process_metrics.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <map>
#include <thread>

#include "support/temporary_directory.h"

namespace bpfmap::collect {
namespace {

using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const auto kLimit = Pair("process_max_fds", Gt(3));  // of this process

std::map<std::string, double> values_of(const ProcessMetrics& metrics) {
  std::map<std::string, double> values;
  for (const prometheus::MetricFamily& family : metrics.Collect()) {
    EXPECT_EQ(family.metric.size(), 1U);
    EXPECT_FALSE(family.help.empty());
    const prometheus::ClientMetric& metric = family.metric.at(0);
    EXPECT_THAT(metric.label, IsEmpty());
    const bool is_counter = family.type == prometheus::MetricType::Counter;
    EXPECT_EQ(is_counter, family.name.ends_with("_total"));
    values[family.name] = is_counter ? metric.counter.value : metric.gauge.value;
  }
  return values;
}

class Process : public ::testing::Test {
 protected:
  ProcessMetrics metrics() const { return ProcessMetrics(proc_.path(), proc_ / "system_stat"); }

  void write_all() const {
    // The name of a process may hold anything.
    proc_.write("stat",
                "4711 (a) R (b) S 1 4711 4711 0 -1 4194304 100 0 1 0 150 50 0 0 20 0 7 0 1234 "
                "8192000 321 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n");
    proc_.write("system_stat", "cpu  1 2 3\nbtime 1700000000\nprocesses 5\n");
    for (const char* fd : {"fd/0", "fd/1", "fd/2", "fd/17"}) proc_.write(fd, "");
  }

  test::TemporaryDirectory proc_;
};

TEST_F(Process, ReadsWhatTheKernelSays) {
  write_all();
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  EXPECT_THAT(values_of(metrics()),
              UnorderedElementsAre(Pair("process_cpu_seconds_total", 200 / ticks),
                                   Pair("process_resident_memory_bytes", 321 * page),
                                   Pair("process_virtual_memory_bytes", 8192000),
                                   Pair("process_threads", 7),
                                   Pair("process_start_time_seconds", 1700000000 + 1234 / ticks),
                                   // The exporter has one of them open while it counts.
                                   Pair("process_open_fds", 3), kLimit));
}

TEST_F(Process, LeavesOutWhatItCannotRead) {
  EXPECT_THAT(values_of(metrics()), UnorderedElementsAre(kLimit));
  write_all();
  proc_.write("stat", "4711 (x) S 1 2 3\n");
  EXPECT_THAT(values_of(metrics()), UnorderedElementsAre(Pair("process_open_fds", 3), kLimit));
}

TEST_F(Process, WithoutTheBootTimeThereIsNoStartTime) {
  write_all();
  proc_.write("system_stat", "cpu  1 2 3\n");
  EXPECT_FALSE(values_of(metrics()).contains("process_start_time_seconds"));
  EXPECT_TRUE(values_of(metrics()).contains("process_cpu_seconds_total"));
}

TEST(ProcessItself, IsMeasured) {
  const auto values = values_of(ProcessMetrics());
  EXPECT_EQ(values.size(), 7U);
  EXPECT_GT(values.at("process_resident_memory_bytes"), 100000);
  EXPECT_GE(values.at("process_virtual_memory_bytes"), values.at("process_resident_memory_bytes"));
  EXPECT_GE(values.at("process_open_fds"), 3);
  EXPECT_GE(values.at("process_threads"), 1);
  EXPECT_GT(values.at("process_start_time_seconds"), 1.6e9);
  EXPECT_LE(values.at("process_start_time_seconds"), static_cast<double>(::time(nullptr)) + 2);
}

TEST(ProcessItself, CountsDescriptorsAsTheyComeAndGo) {
  const ProcessMetrics metrics;
  const auto open_descriptors = [&] { return values_of(metrics).at("process_open_fds"); };
  const double before = open_descriptors();
  {
    const UniqueFd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const UniqueFd another(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(open_descriptors(), before + 2);
  }
  EXPECT_EQ(open_descriptors(), before);
  double listed = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    listed += entry.exists() || entry.is_symlink() ? 1 : 0;
  }
  EXPECT_EQ(before, listed - 1) << "without the one that lists them";
}

TEST(ProcessItself, SeesWhatHasChangedSinceTheFirstTime) {
  const ProcessMetrics metrics;
  const double before = values_of(metrics).at("process_threads");
  std::promise<void> end;
  std::thread waits([&end] { end.get_future().wait(); });
  EXPECT_EQ(values_of(metrics).at("process_threads"), before + 1);
  end.set_value();
  waits.join();
}

}  // namespace
}  // namespace bpfmap::collect
