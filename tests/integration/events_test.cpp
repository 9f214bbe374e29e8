// SPDX-License-Identifier: Apache-2.0
// Events of this process (tests/objects/events.bpf.c says how it makes them) on the page of an
// exporter that is another one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

enum Where : unsigned long { kRing = 0, kPerf = 1, kShortRing = 16 };

void send(Where where, unsigned long op, unsigned long bytes = 0, unsigned long latency_us = 0) {
  ::syscall(SYS_prctl, 0x45564e54, op, bytes, latency_us, static_cast<unsigned long>(where));
}

class EventMetrics : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (!IsSkipped()) lacks(mount_tracefs());
  }

  std::string write(const std::string& maps) {
    return directory_.write("events.yaml",
                            "object: " + test_object("events") + "\nglobals: { target: " +
                                std::to_string(::getpid()) + " }\nmax_age: 1ns\nmaps:\n" + maps);
  }

  TemporaryDirectory directory_;
};

TEST_F(EventMetrics, OfBothKindsAreOnThePageAtOnce) {
  ExporterProcess exporter({"--config=" + write(R"(
  - map: events
    labels: { op: , status: { decode: errno } }
    metrics:
      - counter: requests_total
      - { counter: request_bytes_total, value: bytes }
      - { gauge: request_bytes_max, value: bytes, aggregate: max }
      - histogram: request_duration_seconds
        value: latency_us
        buckets: { scale: exp2, max: 3, unit: 1us }
  - map: perf_events
    event: struct request
    buffer: 64KiB
    labels: { op: }
    metrics: [ { counter: perf_requests_total } ]
)")});
  constexpr unsigned long kEvents = 900;
  for (unsigned long i = 0; i < kEvents; ++i) {
    send(kRing, i % 3, i, i % 10);
    send(kPerf, i % 2);
  }
  send(kShortRing, 0);
  // Without waiting: what was sent before a scrape is in it.
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value(R"(requests_total{op="OP_READ",status="0"})"), kEvents / 3);
  EXPECT_EQ(page.value(R"(requests_total{op="OP_WRITE",status="EPERM"})"), kEvents / 3);
  EXPECT_EQ(page.value(R"(requests_total{op="OP_SYNC",status="ENOENT"})"), kEvents / 3);
  EXPECT_EQ(page.sum_of("request_bytes_total{"), kEvents * (kEvents - 1) / 2);
  EXPECT_EQ(page.value(R"(request_bytes_max{op="OP_SYNC",status="ENOENT"})"), kEvents - 1);
  EXPECT_EQ(page.sum_of("request_duration_seconds_count{"), kEvents);
  EXPECT_NEAR(page.sum_of("request_duration_seconds_sum{"), 0.00405, 1e-9);
  double within = 0;
  for (const auto& [series, count] : page.samples_of("request_duration_seconds_bucket{")) {
    if (series.find(R"(le="8e-06")") != std::string::npos) within += count;
  }
  EXPECT_EQ(within, kEvents / 10 * 9) << "all but those of 9 us";
  EXPECT_EQ(page.value(R"(perf_requests_total{op="OP_READ"})"), kEvents / 2);
  EXPECT_EQ(page.value(R"(perf_requests_total{op="OP_WRITE"})"), kEvents / 2);

  const auto own = [&](const std::string& name, const std::string& map) {
    return page.value("bpfmap_exporter_" + name + R"({config="events",map=")" + map + "\"}");
  };
  EXPECT_EQ(own("events_total", "events"), kEvents);
  EXPECT_EQ(own("events_total", "perf_events"), kEvents);
  EXPECT_EQ(own("events_malformed_total", "events"), 1);
  EXPECT_EQ(own("events_lost_total", "perf_events"), 0);
  EXPECT_EQ(own("events_folded_total", "events"), 0);
  EXPECT_EQ(own("map_entries", "events"), 3);
  EXPECT_EQ(log_fields(exporter.log(), "\"map is read\"", "reader"),
            (std::vector<std::string>{"events", "events"}));
  exporter.stop();
}

// A program that is started has a path of some bytes, and its event no more of them.
TEST_F(EventMetrics, EndWithAsMuchOfAnArrayAsIsSent) {
  const std::string path = directory_ / "started";
  std::filesystem::create_symlink("/bin/true", path);
  ExporterProcess exporter(
      {"--config=" + directory_.write("tails.yaml", "object: " + test_object("event_tails") +
                                                        R"(
max_age: 1ns
maps:
  - map: executed
    event: run
    labels: { path: }
    metrics: [ { counter: started_total } ]
)")});
  EXPECT_EQ(run_program({path}).exit_code, 0);
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value("started_total{path=\"" + path + "\"}"), 1);
  EXPECT_EQ(page.value(R"(bpfmap_exporter_events_malformed_total{config="tails",map="executed"})"),
            0);
  exporter.stop();
}

TEST_F(EventMetrics, BeyondTheBoundReadOther) {
  ExporterProcess exporter({"--config=" + write(R"(
  - map: events
    max_series: 2
    labels: { bytes: }
    metrics: [ { counter: requests_total } ]
)")});
  for (unsigned long i = 0; i < 50; ++i) send(kRing, 0, i % 5);
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value(R"(requests_total{bytes="0"})"), 10);
  EXPECT_EQ(page.value(R"(requests_total{bytes="1"})"), 10);
  EXPECT_EQ(page.value(R"(requests_total{bytes="other"})"), 30);
  EXPECT_EQ(page.value(R"(bpfmap_exporter_events_folded_total{config="events",map="events"})"), 30);
  exporter.stop();
}

TEST_F(EventMetrics, ThatRegexpDoesNotFindAreLeftOut) {
  ExporterProcess exporter({"--config=" + write(R"(
  - map: events
    labels: { op: { decode: { regexp: "^OP_(READ|WRITE)$" } }, bytes: { decode: { regexp: "[02]" } } }
    metrics:
      - counter: requests_total
      - { histogram: latency, value: latency_us, buckets: { scale: exp2, max: 1 } }
)")});
  for (unsigned long i = 0; i < 90; ++i) send(kRing, i % 3, i % 9 / 3);
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.samples_of("requests_total{").size(), 4U) << "2 of 3 op, each with 2 of 3 bytes";
  for (const char* labels : {R"({op="READ",bytes="0"})", R"({op="READ",bytes="2"})",
                             R"({op="WRITE",bytes="0"})", R"({op="WRITE",bytes="2"})"}) {
    EXPECT_EQ(page.value(std::string("requests_total") + labels), 10) << labels;
    EXPECT_EQ(page.value(std::string("latency_count") + labels), 10) << labels;
  }
  EXPECT_EQ(page.sum_of("latency_count{"), 40);
  EXPECT_EQ(page.value(R"(bpfmap_exporter_events_total{config="events",map="events"})"), 90);
  EXPECT_EQ(page.value(R"(bpfmap_exporter_decode_errors_total{config="events",map="events"})"), 0);
  exporter.stop();
}

// Labels are not looked at before a scrape, but places are given as events come.
TEST_F(EventMetrics, ThatRegexpLeavesOutHavePlacesAsAnyOther) {
  ExporterProcess exporter({"--config=" + write(R"(
  - map: events
    max_series: 2
    labels: { bytes: { decode: { regexp: "[13]" } } }
    metrics: [ { counter: requests_total } ]
)")});
  for (unsigned long i = 0; i < 50; ++i) send(kRing, 0, i % 5);
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.samples_of("requests_total{").size(), 2U);
  EXPECT_EQ(page.value(R"(requests_total{bytes="1"})"), 10);
  EXPECT_EQ(page.value(R"(requests_total{bytes="other"})"), 30);
  exporter.stop();
}

// Counts that are lost on the way are said to be, however many there are.
TEST_F(EventMetrics, OfAFloodAreCountedOrLost) {
  ExporterProcess exporter({"--config=" + write(R"(
  - map: events
    labels: {}
    metrics: [ { counter: requests_total } ]
)")});
  std::atomic<bool> stop = false;
  std::uint64_t sent = 0;
  std::thread flood([&] {
    for (; !stop; ++sent) send(kRing, 0);
  });
  for (int i = 0; i < 20; ++i) EXPECT_GE(exporter.scrape().value_or("requests_total", 0), 0);
  stop = true;
  flood.join();
  const auto is_complete = [&] {
    const MetricsPage page = exporter.scrape();
    return page.value("requests_total") +
               page.value(R"(bpfmap_exporter_lost_updates_total{config="events"})") ==
           static_cast<double>(sent);
  };
  EXPECT_TRUE(eventually(is_complete)) << exporter.get("/metrics").body;
  exporter.stop();
}

TEST_F(EventMetrics, AreServedAgainByTheNextExporter) {
  const std::string config = write(R"(
  - map: perf_events
    labels: { op: }
    metrics: [ { counter: requests_total } ]
)");
  for (int run = 0; run < 2; ++run) {
    ExporterProcess exporter({"--config=" + config});
    send(kPerf, 1);
    EXPECT_EQ(exporter.scrape().value(R"(requests_total{op="OP_WRITE"})"), 1);
    exporter.stop();
  }
}

}  // namespace
}  // namespace bpfmap::test
