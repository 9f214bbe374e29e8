// SPDX-License-Identifier: Apache-2.0
#include "collect/self/event_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>

#include <map>

#include "unit/collect/event_fixture.h"

namespace bpfmap::collect {
namespace {

const SteadyClock kMetricsClock;

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Values = std::map<std::string, double>;  // by the label `map`

std::map<std::string, Values> values_of(const EventMetrics& metrics) {
  std::map<std::string, Values> values;
  for (const auto& family : metrics.Collect()) {
    Values& of_family = values[family.name];
    for (const auto& metric : family.metric) {
      EXPECT_EQ(metric.label.at(0).value, "cfg");
      of_family[metric.label.at(1).value] = metric.counter.value;
    }
  }
  return values;
}

std::shared_ptr<EventTotals> totals_of(std::uint32_t type) {
  decode::CompiledEvents compiled = compile_events(kEventSettings, type);
  compiled.info.shape.max_entries = 1;
  return std::make_shared<EventTotals>(compiled.plan, compiled.info.shape, kMetricsClock);
}

TEST(EventMetrics, OfEachStream) {
  EventMetrics metrics;
  for (const auto& [name, values] : values_of(metrics)) EXPECT_THAT(values, IsEmpty()) << name;

  const auto ring = std::make_shared<kernel::EventCounts>();
  const auto perf = std::make_shared<kernel::EventCounts>();
  const auto totals = totals_of(BPF_MAP_TYPE_RINGBUF);
  metrics.add_stream("cfg", "ring", ring, totals);
  metrics.add_stream("cfg", "perf", perf, totals_of(BPF_MAP_TYPE_PERF_EVENT_ARRAY));
  ring->events = 5;
  ring->malformed = 2;
  perf->events = 7;
  perf->lost = 3;
  for (std::uint64_t id = 0; id < 5; ++id) add(*totals, {id, 1});

  const auto values = values_of(metrics);
  EXPECT_THAT(values.at("bpfmap_exporter_events_total"),
              ElementsAre(Pair("perf", 7), Pair("ring", 5)));
  EXPECT_THAT(values.at("bpfmap_exporter_events_malformed_total"),
              ElementsAre(Pair("perf", 0), Pair("ring", 2)));
  EXPECT_THAT(values.at("bpfmap_exporter_events_folded_total"),
              ElementsAre(Pair("perf", 0), Pair("ring", 4)));
  // Only the program knows what a ring buffer has lost.
  EXPECT_THAT(values.at("bpfmap_exporter_events_lost_total"), ElementsAre(Pair("perf", 3)));
}

}  // namespace
}  // namespace bpfmap::collect
