// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "every_key.h"
#include "parse_text.h"

namespace bpfmap::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::IsEmpty;

class EveryKey : public testing::Test {
 protected:
  void SetUp() override {
    ParsedText parsed = parse_text(kEveryKey);
    ASSERT_THAT(parsed.messages, IsEmpty());
    config_ = std::move(parsed.config);
    ASSERT_EQ(config_.maps.size(), 5U);
  }
  const MetricConfig& metric(std::size_t map, std::size_t index) const {
    return config_.maps.at(map).metrics.at(index);
  }
  const LabelConfig& label(std::size_t map, std::size_t index) const {
    return config_.maps.at(map).labels->at(index);
  }

  Config config_;
};

TEST_F(EveryKey, OfTheFile) {
  EXPECT_EQ(config_.object->value, "/etc/x/packets.bpf.o");
  EXPECT_EQ(config_.object->at, (Position{2, 9}));
  EXPECT_FALSE(config_.builtin);
  EXPECT_EQ(config_.prefix.value, "acme_");
  ASSERT_EQ(config_.labels.size(), 2U);
  EXPECT_EQ(config_.labels[0].name.value, "team");
  EXPECT_EQ(config_.labels[0].name.at, (Position{4, 11}));
  EXPECT_EQ(config_.labels[0].value, "network");
  EXPECT_EQ(config_.labels[1].value, "lab");
}

TEST_F(EveryKey, OfGlobals) {
  ASSERT_EQ(config_.globals.size(), 3U);
  EXPECT_EQ(config_.globals[0].name.value, "sample_rate");
  EXPECT_EQ(config_.globals[0].value.scalar, "100");
  EXPECT_FALSE(config_.globals[0].value.quoted);
  EXPECT_TRUE(config_.globals[1].value.quoted);
  ASSERT_TRUE(config_.globals[2].value.is_sequence());
  EXPECT_EQ(config_.globals[2].value.items.at(1).scalar, "443");
}

TEST_F(EveryKey, OfPrograms) {
  ASSERT_EQ(config_.programs.size(), 10U);
  EXPECT_EQ(config_.programs[0].name.value, "count_packets");
  EXPECT_TRUE(config_.programs[0].load);
  EXPECT_TRUE(config_.programs[0].required);
  EXPECT_EQ(config_.programs[0].attach.size(), 1U);
  EXPECT_EQ(config_.programs[1].attach.size(), 3U);
  EXPECT_FALSE(config_.programs[6].required);
  EXPECT_TRUE(config_.programs[6].load);
  EXPECT_FALSE(config_.programs[7].load);
  EXPECT_EQ(config_.programs[8].name.value, "by_section");
  EXPECT_TRUE(config_.programs[8].attach.empty());
}

TEST_F(EveryKey, OfMaps) {
  const MapConfig& map = config_.maps[0];
  EXPECT_EQ(map.map.value, "packets");
  EXPECT_EQ(map.map.at, (Position{26, 10}));
  EXPECT_EQ(map.reader.value, model::ReaderChoice::kBatch);
  EXPECT_EQ(map.reader.at, (Position{28, 13}));
  EXPECT_EQ(map.interval, seconds(1));
  EXPECT_EQ(map.max_age, milliseconds(250));
  EXPECT_TRUE(map.skip_zero);
  ASSERT_TRUE(map.cpu_label);
  EXPECT_EQ(map.cpu_label->value, "core");
}

TEST_F(EveryKey, OfMapsThatInherit) {
  const MapConfig& map = config_.maps[1];
  EXPECT_EQ(map.reader.value, model::ReaderChoice::kAuto);
  EXPECT_EQ(map.interval, seconds(10));
  EXPECT_EQ(map.max_age, milliseconds(500));
  EXPECT_FALSE(map.skip_zero);
  ASSERT_TRUE(map.cpu_label);
  EXPECT_EQ(map.cpu_label->value, "cpu");
  EXPECT_FALSE(config_.maps[2].cpu_label);
  ASSERT_TRUE(config_.maps[2].labels);
  EXPECT_TRUE(config_.maps[2].labels->empty());
}

TEST_F(EveryKey, OfEvents) {
  const EventConfig& events = config_.maps[3].events;
  EXPECT_EQ(events.type->value, "struct request");
  EXPECT_EQ(events.type->at, (Position{70, 12}));
  EXPECT_EQ(events.buffer->value, 65536U);
  EXPECT_EQ(events.buffer->at, (Position{71, 13}));
  EXPECT_EQ(config_.maps[3].max_series->value, 500U);
  EXPECT_EQ(config_.maps[3].max_series->at, (Position{73, 17}));
  EXPECT_FALSE(config_.maps[0].events.type);
  EXPECT_FALSE(config_.maps[0].events.buffer);
  EXPECT_FALSE(config_.maps[0].max_series);
}

TEST_F(EveryKey, OfLabels) {
  ASSERT_EQ(config_.maps[0].labels->size(), 5U);
  EXPECT_EQ(label(0, 0).name.value, "interface");
  EXPECT_EQ(label(0, 0).field.path, "key.ifindex");
  EXPECT_EQ(label(0, 0).field.at, (Position{34, 27}));
  ASSERT_EQ(label(0, 0).decode.size(), 1U);
  EXPECT_EQ(label(0, 0).decode[0].name.value, "ifname");
  EXPECT_TRUE(label(0, 0).decode[0].arguments.is_null());
  EXPECT_EQ(label(0, 1).field.path, "protocol");
  EXPECT_EQ(label(0, 1).field.at, (Position{35, 7}));
  EXPECT_TRUE(label(0, 1).decode.empty());
  ASSERT_TRUE(label(0, 3).constant);
  EXPECT_EQ(label(0, 3).constant->value, "kernel");
}

TEST_F(EveryKey, OfLabelsOfTheValue) {
  EXPECT_FALSE(label(0, 0).is_of_value);
  EXPECT_FALSE(label(0, 3).is_of_value);
  EXPECT_TRUE(label(4, 0).is_of_value);
  EXPECT_FALSE(label(4, 0).constant);
  EXPECT_EQ(label(4, 0).field.path, "owner.comm");
  EXPECT_EQ(label(4, 0).keep->value, "[a-z]+");
  EXPECT_TRUE(label(4, 1).is_of_value);
  EXPECT_EQ(label(4, 1).field.bytes->offset, 24U);
  EXPECT_EQ(label(4, 1).field.bytes->size, 4U);
}

TEST_F(EveryKey, OfTimes) {
  EXPECT_EQ(metric(4, 0).clock->value, BootClock::kMonotonic);
  EXPECT_EQ(metric(4, 0).aggregate->value, Aggregate::kMin);
  EXPECT_EQ(metric(4, 0).scale.numerator, 1);
  EXPECT_EQ(metric(4, 0).scale.denominator, 1e9);
  EXPECT_EQ(metric(4, 1).clock->value, BootClock::kBoot);
  EXPECT_EQ(metric(4, 1).aggregate->value, Aggregate::kMax);
  EXPECT_FALSE(metric(0, 1).clock);
}

TEST_F(EveryKey, OfDecoders) {
  ASSERT_EQ(label(0, 2).decode.size(), 2U);
  EXPECT_EQ(label(0, 2).field.path, "port");
  EXPECT_EQ(label(0, 2).decode[0].name.value, "number");
  EXPECT_EQ(label(0, 2).decode[1].name.value, "map");
  EXPECT_EQ(label(0, 2).decode[1].name.at, (Position{36, 34}));
  const Tree* table = label(0, 2).decode[1].arguments.find("table");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->find("80")->scalar, "http");
  ASSERT_EQ(label(0, 4).decode.size(), 1U);
  EXPECT_EQ(label(0, 4).decode[0].name.value, "hex");
  EXPECT_TRUE(label(0, 4).decode[0].arguments.is_null());
}

TEST_F(EveryKey, OfExplicitFields) {
  const FieldRef& mac = label(0, 4).field;
  ASSERT_TRUE(mac.bytes);
  EXPECT_EQ(mac.path, "");
  EXPECT_EQ(mac.bytes->offset, 4U);
  EXPECT_EQ(mac.bytes->size, 6U);
  EXPECT_EQ(mac.bytes->type, "bytes");
  const FieldRef& value = metric(0, 1).value.value();
  ASSERT_TRUE(value.bytes);
  EXPECT_EQ(value.bytes->offset, 8U);
  EXPECT_EQ(value.bytes->size, std::nullopt);
  EXPECT_EQ(value.bytes->type, "u64");
}

TEST_F(EveryKey, OfMergedLabels) {
  ASSERT_EQ(config_.maps[1].labels->size(), 5U);
  EXPECT_EQ(label(1, 0).name.value, "interface");
  EXPECT_EQ(label(1, 4).name.value, "protocol");
  EXPECT_EQ(label(1, 4).field.path, "proto");
}

TEST_F(EveryKey, OfCountersAndGauges) {
  EXPECT_EQ(metric(0, 0).kind, MetricKind::kCounter);
  EXPECT_EQ(metric(0, 0).name.value, "packets_total");
  EXPECT_EQ(metric(0, 0).help, "Packets seen.");
  EXPECT_EQ(metric(0, 0).value->path, "packets");
  EXPECT_EQ(metric(0, 0).scale.numerator, 5);
  EXPECT_EQ(metric(0, 0).scale.denominator, 10);
  EXPECT_EQ(metric(0, 0).aggregate->value, Aggregate::kSum);
  EXPECT_EQ(metric(0, 1).kind, MetricKind::kGauge);
  EXPECT_EQ(metric(0, 1).scale.numerator, 100);
  EXPECT_EQ(metric(0, 1).scale.denominator, 1e6);
  EXPECT_EQ(metric(0, 1).aggregate->value, Aggregate::kMax);
  EXPECT_EQ(metric(2, 0).help, "");
  EXPECT_FALSE(metric(2, 0).value);
  EXPECT_FALSE(metric(2, 0).aggregate);
}

TEST_F(EveryKey, OfHistograms) {
  EXPECT_EQ(metric(0, 2).kind, MetricKind::kHistogram);
  EXPECT_EQ(metric(0, 2).value->path, "sizes");
  EXPECT_FALSE(metric(0, 2).bucket);
  const BucketsConfig& sizes = metric(0, 2).buckets.value();
  EXPECT_EQ(sizes.at, (Position{48, 18}));
  EXPECT_EQ(sizes.scale, BucketScale::kExp2Zero);
  EXPECT_EQ(sizes.min->value, 1);
  EXPECT_EQ(sizes.max->value, 16);
  EXPECT_EQ(sizes.unit.numerator, 1024);
  EXPECT_EQ(sizes.sum->path, "total");
  EXPECT_FALSE(sizes.sum_key);

  EXPECT_EQ(metric(1, 0).bucket->path, "slot");
  const BucketsConfig& latency = metric(1, 0).buckets.value();
  EXPECT_EQ(latency.scale, BucketScale::kExp2);
  EXPECT_EQ(latency.unit.denominator, 1e6);
  EXPECT_EQ(latency.sum_key->value, 27U);
  EXPECT_FALSE(latency.sum);
}

TEST_F(EveryKey, OfLinearAndExplicitBuckets) {
  ASSERT_TRUE(metric(1, 1).bucket->bytes);
  EXPECT_EQ(metric(1, 1).bucket->bytes->type, "u32");
  const BucketsConfig& linear = metric(1, 1).buckets.value();
  EXPECT_EQ(linear.scale, BucketScale::kLinear);
  EXPECT_EQ(linear.step->value, 2.5);
  EXPECT_FALSE(linear.min);
  EXPECT_EQ(linear.sum->bytes->offset, 8U);

  const BucketsConfig& bounds = metric(1, 2).buckets.value();
  EXPECT_EQ(bounds.scale, BucketScale::kExplicit);
  ASSERT_EQ(bounds.bounds.size(), 3U);
  EXPECT_EQ(bounds.bounds[2].value, 1000);
  EXPECT_EQ(bounds.bounds[2].at, (Position{62, 54}));
  EXPECT_EQ(bounds.unit.numerator, 1);

  const BucketsConfig& list = metric(1, 3).buckets.value();
  EXPECT_EQ(list.scale, BucketScale::kExplicit);
  EXPECT_EQ(list.bounds.size(), 2U);
}

TEST(Config, HasDefaults) {
  const ParsedText parsed = parse_text("builtin: x\nmaps: [{map: m, metrics: [{counter: c}]}]\n");
  EXPECT_THAT(parsed.messages, IsEmpty());
  EXPECT_EQ(parsed.config.builtin->value, "x");
  EXPECT_FALSE(parsed.config.object);
  EXPECT_EQ(parsed.config.prefix.value, "");
  const MapConfig& map = parsed.config.maps.at(0);
  EXPECT_EQ(map.interval, kDefaultInterval);
  EXPECT_EQ(map.max_age, kDefaultMaxAge);
  EXPECT_FALSE(map.labels);
  EXPECT_FALSE(map.cpu_label);
  EXPECT_EQ(map.metrics.at(0).scale.numerator, 1);
  EXPECT_EQ(map.metrics.at(0).scale.denominator, 1);
}

TEST(Config, TakesQuotedNumbersWhereNumbersBelong) {
  const ParsedText parsed = parse_text(
      "builtin: x\ninterval: '${I}'\nmaps: [{map: m, skip_zero: \"${Z}\", metrics: [{gauge: c, "
      "scale: \"${S}\"}]}]\n",
      {{"I", "3s"}, {"Z", "true"}, {"S", "4"}});
  EXPECT_THAT(parsed.messages, IsEmpty());
  EXPECT_EQ(parsed.config.maps.at(0).interval, seconds(3));
  EXPECT_TRUE(parsed.config.maps.at(0).skip_zero);
  EXPECT_EQ(parsed.config.maps.at(0).metrics.at(0).scale.numerator, 4);
}

TEST(Config, TakesTrueInQuotesForANameOfTheCpuLabel) {
  const auto cpu = [](const std::string& value) {
    return parse_text("builtin: x\nmaps: [{map: m, cpu: " + value + ", metrics: [{counter: c}]}]\n")
        .config.maps.at(0)
        .cpu_label;
  };
  EXPECT_EQ(cpu("true")->value, "cpu");
  EXPECT_EQ(cpu("'true'")->value, "true");
  EXPECT_EQ(cpu("'false'")->value, "false");
  EXPECT_EQ(cpu("false").has_value(), false);
}

TEST(Config, TakesEveryReader) {
  const auto reader = [](const std::string& value) {
    return parse_text("builtin: x\nmaps: [{map: m, reader: " + value +
                      ", metrics: [{counter: c}]}]\n")
        .config.maps.at(0)
        .reader.value;
  };
  EXPECT_EQ(reader("auto"), model::ReaderChoice::kAuto);
  EXPECT_EQ(reader("next_key"), model::ReaderChoice::kNextKey);
  EXPECT_EQ(reader("mmap"), model::ReaderChoice::kMmap);
}

}  // namespace
}  // namespace bpfmap::config
