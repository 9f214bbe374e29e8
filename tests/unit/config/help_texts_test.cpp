// SPDX-License-Identifier: Apache-2.0
#include "config/help_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "config/load.h"

namespace bpfmap::config {
namespace {

using ::testing::ElementsAre;

class HelpTextsTest : public ::testing::Test {
 protected:
  static Config parse(const std::string& text) {
    const auto source = std::make_shared<const Source>(Source{"a.yaml", "object: x.o\n" + text});
    Diagnostics diagnostics(source);
    Config config = parse_config(
        source, [](const std::string&) { return std::optional<std::string>(); }, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.render();
    return config;
  }

  // The help texts of a file's metrics, in their order.
  std::vector<std::string> helps(const std::string& text) {
    Config config = parse(text);
    texts_.learn(config);
    texts_.complete(config);
    std::vector<std::string> all;
    for (const MapConfig& map : config.maps) {
      for (const MetricConfig& metric : map.metrics) all.push_back(metric.help);
    }
    return all;
  }
  HelpTexts texts_;
};

TEST_F(HelpTextsTest, AreMadeOfMapAndField) {
  EXPECT_THAT(
      helps(
          "maps:\n"
          "  - { map: flows, metrics: [ { counter: a_total }, { gauge: b, value: bytes.in } ] }\n"
          "  - { map: lat, metrics: [ { histogram: c, value: slots, buckets: { scale: exp2 } } ] "
          "}\n"
          "  - { map: by, metrics: [ { histogram: d, bucket: slot, buckets: { scale: exp2 } } ] }\n"
          "  - { map: e, event: { size: 8 }, metrics: [ { counter: e_total } ] }\n"
          "  - { variable: v, metrics: [ { gauge: f } ] }\n"
          "  - { pinned: /sys/fs/bpf/x, metrics: [ { gauge: g, value: { offset: 4, type: u32 } } ] "
          "}\n"),
      ElementsAre("Value of map flows.", "Field bytes.in of map flows.",
                  "Distribution in field slots of map lat.", "Distribution in map by.",
                  "Events of map e.", "Value of variable v.",
                  "Bytes from 4 on of map /sys/fs/bpf/x."));
}

TEST_F(HelpTextsTest, WhatALaterFileWritesCountsForAnEarlierOne) {
  Config first = parse("maps: [ { map: m, metrics: [ { counter: a_total } ] } ]\n");
  const Config second =
      parse("maps: [ { map: n, metrics: [ { counter: a_total, help: Words. } ] } ]\n");
  texts_.learn(first);
  texts_.learn(second);
  texts_.complete(first);
  EXPECT_EQ(first.maps.front().metrics.front().help, "Words.");
}

TEST_F(HelpTextsTest, WhatIsWrittenStays) {
  EXPECT_THAT(helps("maps: [ { map: m, metrics: [ { counter: a_total, help: Words. } ] } ]\n"),
              ElementsAre("Words."));
}

// They are one family.
TEST_F(HelpTextsTest, MetricsOfOneNameHaveOneText) {
  EXPECT_THAT(helps("prefix: p_\nmaps: [ { map: m, metrics: [ { counter: a_total } ] } ]\n"),
              ElementsAre("Value of map m."));
  EXPECT_THAT(helps("maps: [ { map: other, metrics: [ { counter: p_a_total } ] } ]\n"),
              ElementsAre("Value of map m."));
  EXPECT_THAT(helps("maps: [ { map: n, metrics: [ { counter: b_total, help: Words. } ] } ]\n"),
              ElementsAre("Words."));
  EXPECT_THAT(helps("maps: [ { map: o, metrics: [ { counter: b_total } ] } ]\n"),
              ElementsAre("Words."));
}

}  // namespace
}  // namespace bpfmap::config
