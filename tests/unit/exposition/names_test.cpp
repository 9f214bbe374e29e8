// SPDX-License-Identifier: Apache-2.0
#include "exposition/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace bpfmap::exposition {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;
constexpr auto kHistogram = MetricType::kHistogram;
constexpr auto kSummary = MetricType::kSummary;
constexpr auto kUntyped = MetricType::kUntyped;

TEST(MetricName, IsLettersDigitsUnderscoresAndColons) {
  for (const char* name : {"a", "_", ":", "A9", "packets_total", "job:rate:5m", "__x"}) {
    EXPECT_TRUE(is_valid_metric_name(name)) << name;
  }
  for (const std::string& name :
       {""s, "9a"s, "a-b"s, "a.b"s, "a b"s, "a\n"s, "\xC3\xA4"s, "a\0"s, "a{"s}) {
    EXPECT_FALSE(is_valid_metric_name(name)) << name;
  }
}

TEST(LabelName, HasNoColons) {
  for (const char* name : {"a", "_", "le", "Comm1", "__name__"})
    EXPECT_TRUE(is_valid_label_name(name)) << name;
  for (const char* name : {"", "1st", "a:b", "a-b", "a b", "caf\xC3\xA9"}) {
    EXPECT_FALSE(is_valid_label_name(name)) << name;
  }
}

TEST(LabelName, IsReservedWithTwoUnderscores) {
  EXPECT_TRUE(is_reserved_label_name("__name__"));
  EXPECT_TRUE(is_reserved_label_name("__"));
  EXPECT_FALSE(is_reserved_label_name("_name"));
  EXPECT_FALSE(is_reserved_label_name("a__b"));
  EXPECT_FALSE(is_reserved_label_name(""));
}

TEST(Conventions, HaveNothingToSayAboutGoodNames) {
  EXPECT_THAT(convention_notes("packets_total", kCounter), IsEmpty());
  EXPECT_THAT(convention_notes("packet_bytes_total", kCounter), IsEmpty());
  EXPECT_THAT(convention_notes("queue_depth", kGauge), IsEmpty());
  EXPECT_THAT(convention_notes("latency_seconds", kHistogram), IsEmpty());
  EXPECT_THAT(convention_notes("latency_seconds", kSummary), IsEmpty());
  EXPECT_THAT(convention_notes("anything", kUntyped), IsEmpty());
}

TEST(Conventions, WantTotalForCountersAlone) {
  EXPECT_THAT(convention_notes("packets", kCounter),
              ElementsAre(HasSubstr("should end in \"_total\"")));
  EXPECT_THAT(convention_notes("packets_total", kGauge),
              ElementsAre(HasSubstr("only the name of a counter")));
  EXPECT_THAT(convention_notes("packets_total", kHistogram),
              ElementsAre(HasSubstr("only the name of a counter")));
  EXPECT_THAT(convention_notes("packets_total", kUntyped), IsEmpty());
}

TEST(Conventions, ReserveTheSuffixesOfHistograms) {
  EXPECT_THAT(convention_notes("reads_count", kGauge), ElementsAre(HasSubstr("_count")));
  EXPECT_THAT(convention_notes("reads_sum", kGauge), ElementsAre(HasSubstr("_sum")));
  EXPECT_THAT(convention_notes("reads_bucket", kGauge), ElementsAre(HasSubstr("_bucket")));
  EXPECT_THAT(convention_notes("reads_bucket", kSummary), ElementsAre(HasSubstr("_bucket")));
  EXPECT_THAT(convention_notes("reads_count", kSummary), IsEmpty());
  EXPECT_THAT(convention_notes("reads_bucket", kHistogram), IsEmpty());
  EXPECT_THAT(convention_notes("reads_bucket", kUntyped), IsEmpty());
}

TEST(Conventions, WantBaseUnits) {
  EXPECT_THAT(convention_notes("wait_microseconds_total", kCounter),
              ElementsAre("use the base unit \"seconds\" instead of \"microseconds\""));
  EXPECT_THAT(convention_notes("cache_kilobytes", kGauge),
              ElementsAre("use the base unit \"bytes\" instead of \"kilobytes\""));
  EXPECT_THAT(convention_notes("link_bits_total", kCounter),
              ElementsAre("use the base unit \"bytes\" instead of \"bits\""));
  EXPECT_THAT(convention_notes("minutes_open", kGauge),
              ElementsAre("use the base unit \"seconds\" instead of \"minutes\""));
}

TEST(Conventions, DoNotTakeEveryEndingForAUnit) {
  EXPECT_THAT(convention_notes("thermometers", kGauge), IsEmpty());
  EXPECT_THAT(convention_notes("rabbits", kGauge), IsEmpty());
  EXPECT_THAT(convention_notes("holidays", kGauge), IsEmpty());
}

TEST(Conventions, WantUnitsSpelledOut) {
  EXPECT_THAT(convention_notes("latency_ms", kGauge), ElementsAre(HasSubstr("\"ms\"")));
  EXPECT_THAT(convention_notes("latency_us_avg", kGauge), ElementsAre(HasSubstr("\"us\"")));
  EXPECT_THAT(convention_notes("size_KB", kGauge), ElementsAre(HasSubstr("\"kb\"")));
  EXPECT_THAT(convention_notes("ns_per_op", kGauge), IsEmpty()) << "a first word is a name";
}

TEST(Conventions, WantNoTypesInNames) {
  EXPECT_THAT(convention_notes("queue_gauge", kGauge), ElementsAre(HasSubstr("\"gauge\"")));
  EXPECT_THAT(convention_notes("io_Histogram_size", kHistogram),
              ElementsAre(HasSubstr("\"histogram\"")));
  EXPECT_THAT(convention_notes("counter_of_beans", kGauge), IsEmpty());
}

TEST(Conventions, WantSnakeCaseWithoutColons) {
  EXPECT_THAT(convention_notes("queueDepth", kGauge), ElementsAre(HasSubstr("snake_case")));
  EXPECT_THAT(convention_notes("queue:depth", kGauge), ElementsAre(HasSubstr("recording rules")));
  EXPECT_THAT(convention_notes("CPU_temperature", kGauge), IsEmpty());
}

TEST(Conventions, SayAllThereIsToSay) {
  EXPECT_EQ(convention_notes("fooBar_counter_ms_milliseconds", kCounter).size(), 5U);
}

TEST(Conventions, CopeWithOddNames) {
  EXPECT_THAT(convention_notes("", kUntyped), IsEmpty());
  EXPECT_THAT(convention_notes("_", kUntyped), IsEmpty());
  EXPECT_THAT(convention_notes("__", kUntyped), IsEmpty());
}

}  // namespace
}  // namespace bpfmap::exposition
