// SPDX-License-Identifier: Apache-2.0
// Whether the numbers are right: known work, and readings by others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "integration/exporter_process.h"
#include "integration/map_dump.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

using std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

using Counts = BpfTest;

// A page whose sample of the map was begun after this call.
MetricsPage fresh_page(const ExporterProcess& exporter, const std::string& config) {
  const std::string age =
      "bpfmap_exporter_sample_age_seconds{config=\"" + config + "\",map=\"" + config + "\"}";
  const auto called = steady_clock::now();
  while (true) {
    const auto asked = steady_clock::now();
    MetricsPage page = exporter.scrape();
    const Seconds since_call = asked - called;
    if (page.value(age) <= since_call.count()) return page;
    if (since_call > kPatience) {
      ADD_FAILURE() << "no fresh sample";
      return page;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST_F(Counts, SystemCallsOfAKnownLoadAreAllCounted) {
  constexpr int kCalls = 100'000;
  ExporterProcess exporter({"--config=builtin:syscalls"});
  // One that no program makes by itself: other tests, which run beside this one, have theirs.
  const std::string series = "syscalls_total{syscall=\"sched_rr_get_interval\"}";
  const double before = fresh_page(exporter, "syscalls").value_or(series, 0);
  timespec interval{};
  for (int i = 0; i < kCalls; ++i) ::syscall(SYS_sched_rr_get_interval, 0, &interval);
  const double after = fresh_page(exporter, "syscalls").value(series);
  EXPECT_EQ(after - before, kCalls);
  exporter.stop();
}

TEST_F(Counts, LatencyOfAKnownCallIsInItsBucket) {
  constexpr int kCalls = 10;
  constexpr timespec kSleep{0, 40'000'000};
  // Waits for a semaphore that nothing raises, which is what no other program does.
  const int semaphore = ::semget(IPC_PRIVATE, 1, 0600);
  ASSERT_GE(semaphore, 0);
  ExporterProcess exporter({"--config=builtin:syscalls"});
  const std::string begin = "syscall_latency_seconds_";
  const std::string call = "{syscall=\"semtimedop\"";
  const std::string shorter = begin + "bucket" + call + ",le=\"0.032768\"}";
  const MetricsPage before = fresh_page(exporter, "syscalls");
  const auto began = steady_clock::now();
  for (int i = 0; i < kCalls; ++i) {
    sembuf take{0, -1, 0};
    EXPECT_EQ(::semtimedop(semaphore, &take, 1, &kSleep), -1);
  }
  const Seconds took = steady_clock::now() - began;
  ::semctl(semaphore, 0, IPC_RMID);
  const MetricsPage after = fresh_page(exporter, "syscalls");

  const auto grown = [&](const std::string& series) {
    return after.value(series) - before.value_or(series, 0);
  };
  EXPECT_EQ(grown(begin + "count" + call + "}"), kCalls);
  EXPECT_EQ(after.value(shorter), before.value_or(shorter, 0));
  EXPECT_GE(grown(begin + "sum" + call + "}"), kCalls * 0.04);
  EXPECT_LE(grown(begin + "sum" + call + "}"), took.count());
  exporter.stop();
}

TEST_F(Counts, BpftoolReadsTheSameFromTheMap) {
  if (lacks(why_no_program("bpftool"))) return;
  ExporterProcess exporter({"--config=builtin:syscalls"});
  const MetricsPage before = fresh_page(exporter, "syscalls");
  const auto dump = dump_map(exporter.process().pid(), "syscalls", "count");
  const MetricsPage after = fresh_page(exporter, "syscalls");

  ASSERT_GT(dump.size(), 20U);
  double total = 0;
  for (const auto& [number, count] : dump) {
    const std::unique_ptr<char, decltype(&std::free)> name(
        seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number)), &std::free);
    const std::string label = name ? name.get() : std::to_string(number);
    const std::string series = "syscalls_total{syscall=\"" + label + "\"}";
    const auto between = static_cast<double>(count);
    EXPECT_LE(before.value_or(series, 0), between) << series;
    EXPECT_GE(after.value(series), between) << series;
    total += between;
  }
  EXPECT_LE(before.sum_of("syscalls_total{"), total);
  EXPECT_GE(after.sum_of("syscalls_total{"), total);
  exporter.stop();
}

// Lets this thread, and those it starts, run on one CPU only.
void stay_on_one_cpu() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<unsigned>(::sched_getcpu()), &cpus);
  ASSERT_EQ(::sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

// Keeps `count` threads running for a time.
void crowd(int count, std::chrono::milliseconds time) {
  const auto end = steady_clock::now() + time;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([end] {
      std::atomic<int> spin{0};
      while (steady_clock::now() < end) ++spin;
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// What a histogram of bounds that double has grown by lies in its buckets: each value is more than
// half of its bound and not above it. So neither counts nor times are there twice. A sample may
// have a wait of each CPU in one of the two only.
void expect_sum_within_buckets(const MetricsPage& before, const MetricsPage& after,
                               const std::string& histogram) {
  constexpr double kOfASample = 0.2;
  std::map<double, double> cumulated;  // by bound
  for (const auto& [series, count] : after.samples_of(histogram + "_bucket{")) {
    const std::string bound = label_of(series, "le");
    if (bound != "+Inf") cumulated[std::stod(bound)] = count - before.value(series);
  }
  double most = 0;
  double least = 0;
  double below = 0;
  for (const auto& [bound, count] : cumulated) {
    most += (count - below) * bound;
    least += (count - below) * (bound > 1e-6 ? bound / 2 : 0);
    below = count;
  }
  const double sum = after.value(histogram + "_sum") - before.value(histogram + "_sum");
  EXPECT_LE(sum, most + kOfASample);
  EXPECT_GE(sum, least - kOfASample);
}

TEST_F(Counts, ThreadsThatShareACpuWaitForIt) {
  constexpr auto kTime = std::chrono::milliseconds(600);
  ExporterProcess exporter({"--config=builtin:runqlat"});
  const MetricsPage before = fresh_page(exporter, "runqlat");
  std::thread([kTime] {
    stay_on_one_cpu();
    crowd(3, kTime);
  }).join();
  const MetricsPage after = fresh_page(exporter, "runqlat");

  // At any time two of the three wait, and longer if the CPU has other work.
  const std::string sum = "runqueue_latency_seconds_sum";
  EXPECT_GE(after.value(sum) - before.value(sum), 1.5 * Seconds(kTime).count());
  EXPECT_EQ(after.value("runqueue_latency_seconds_count"),
            after.value("runqueue_latency_seconds_bucket{le=\"+Inf\"}"));
  EXPECT_GT(after.value("runqueue_latency_seconds_count"),
            before.value("runqueue_latency_seconds_count"));
  expect_sum_within_buckets(before, after, "runqueue_latency_seconds");
  exporter.stop();
}

TEST_F(Counts, PacketsOfACableAreCountedExactly) {
  if (lacks(why_no_program("ip"))) return;
  constexpr int kPings = 25;
  const Cable cable;
  ChildOptions options;
  options.network_namespace = cable.near().fd();
  options.environment = {"PACKETS_INTERFACE=near0"};
  // A file is reached from outside of the namespace.
  const TemporaryDirectory directory;
  ExporterProcess exporter(
      {"--config=builtin:packets", "--web.listen-address=unix:" + (directory / "exporter.sock")},
      options);
  cable.ping_near(kPings);
  const MetricsPage page = fresh_page(exporter, "packets");
  const std::string icmp = R"({interface="near0",protocol="icmp"})";
  EXPECT_EQ(page.value("packets_total" + icmp), kPings);
  EXPECT_EQ(page.value("packet_bytes_total" + icmp), kPings * Cable::kPingBytes);
  EXPECT_GE(page.value(R"(packets_total{interface="near0",protocol="arp"})"), 1);
  EXPECT_EQ(page.value(R"(bpfmap_exporter_lost_updates_total{config="packets"})"), 0);
  exporter.stop();
  cable.ping_near(1);  // nothing is left that could drop it
}

}  // namespace
}  // namespace bpfmap::test
