// SPDX-License-Identifier: Apache-2.0
#include "exposition/text_format.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace bpfmap::exposition {
namespace {

constexpr auto kLargestNumber = std::numeric_limits<std::uint64_t>::max();

template <typename Write>
std::string written(Write write) {
  BodyWriter body;
  TextWriter text(body);
  write(text);
  return body.finish().to_string();
}

TEST(FamilyHeader, NamesHelpAndType) {
  EXPECT_EQ(text_family_header({"packets_total", "Packets seen.", MetricType::kCounter}),
            "# HELP packets_total Packets seen.\n# TYPE packets_total counter\n");
}

TEST(FamilyHeader, KnowsAllTypes) {
  EXPECT_EQ(text_family_header({"a", "", MetricType::kCounter}), "# TYPE a counter\n");
  EXPECT_EQ(text_family_header({"a", "", MetricType::kGauge}), "# TYPE a gauge\n");
  EXPECT_EQ(text_family_header({"a", "", MetricType::kHistogram}), "# TYPE a histogram\n");
  EXPECT_EQ(text_family_header({"a", "", MetricType::kSummary}), "# TYPE a summary\n");
  EXPECT_EQ(text_family_header({"a", "", MetricType::kUntyped}), "# TYPE a untyped\n");
}

TEST(FamilyHeader, KeepsHelpOnOneLine) {
  EXPECT_EQ(text_family_header({"a", "x\ny\\z", MetricType::kGauge}),
            "# HELP a x\\ny\\\\z\n# TYPE a gauge\n");
}

TEST(Sample, HasNoBracesWithoutLabels) {
  EXPECT_EQ(written([](TextWriter& text) { text.sample("up", {}, 1); }), "up 1\n");
}

TEST(Sample, SeparatesAndEscapesLabels) {
  const std::vector<Label> labels = {{"path", "C:\\x"}, {"comm", "a\"b\nc"}, {"empty", ""}};
  EXPECT_EQ(written([&](TextWriter& text) { text.sample("files_total", labels, 7U); }),
            "files_total{path=\"C:\\\\x\",comm=\"a\\\"b\\nc\",empty=\"\"} 7\n");
}

TEST(Sample, MakesLabelsValidUtf8) {
  EXPECT_EQ(written([](TextWriter& text) {
              text.sample("a", {{"comm", "x\xFF"}}, 1);
            }),
            "a{comm=\"x\xEF\xBF\xBD\"} 1\n");
}

TEST(Sample, PutsTheExtraLabelLast) {
  const std::vector<Label> labels = {{"a", "1"}};
  EXPECT_EQ(written([&](TextWriter& text) {
              text.sample("s", labels, {"quantile", "0.5"}, 0.25);
              text.sample("s", Labels{}, {"quantile", "0.9"}, 0.5);
            }),
            "s{a=\"1\",quantile=\"0.5\"} 0.25\ns{quantile=\"0.9\"} 0.5\n");
}

TEST(Sample, WritesIntegersExactly) {
  EXPECT_EQ(written([](TextWriter& text) {
              text.sample("a", {}, kLargestNumber);
              text.sample("a", {}, std::numeric_limits<std::int64_t>::min());
            }),
            "a 18446744073709551615\na -9223372036854775808\n");
}

TEST(Sample, IsNotCutByAChunk) {
  BodyWriter body(16);
  TextWriter text(body);
  const std::string value(500, '\xFF');
  text.sample("a", {{"l", value}}, 1);
  const Body page = body.finish();
  std::string bad;
  for (int i = 0; i < 500; ++i) bad += "\xEF\xBF\xBD";
  EXPECT_EQ(page.to_string(), "a{l=\"" + bad + "\"} 1\n");
}

TEST(Histogram, CumulatesBucketsAndDerivesTheCount) {
  const std::vector<double> bounds = {0.001, 1, 1'048'576};
  const std::vector<std::uint64_t> counts = {1, 0, 2, 4};
  const std::vector<Label> labels = {{"disk", "sda"}};
  EXPECT_EQ(written([&](TextWriter& text) {
              text.histogram("io_seconds", labels,
                             {.bounds = bounds, .counts = counts, .sum = 2.5});
            }),
            "io_seconds_bucket{disk=\"sda\",le=\"0.001\"} 1\n"
            "io_seconds_bucket{disk=\"sda\",le=\"1\"} 1\n"
            "io_seconds_bucket{disk=\"sda\",le=\"1.048576e+06\"} 3\n"
            "io_seconds_bucket{disk=\"sda\",le=\"+Inf\"} 7\n"
            "io_seconds_sum{disk=\"sda\"} 2.5\n"
            "io_seconds_count{disk=\"sda\"} 7\n");
}

TEST(Histogram, LeavesOutAnUnknownSum) {
  const std::vector<double> bounds = {1};
  const std::vector<std::uint64_t> counts = {1, 2};
  EXPECT_EQ(written([&](TextWriter& text) {
              text.histogram("h", {}, {.bounds = bounds, .counts = counts});
            }),
            "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 3\nh_count 3\n");
}

TEST(Histogram, MayHaveNoFiniteBound) {
  const std::vector<std::uint64_t> counts = {5};
  EXPECT_EQ(written([&](TextWriter& text) {
              text.histogram("h", {}, {.bounds = {}, .counts = counts, .sum = 1U});
            }),
            "h_bucket{le=\"+Inf\"} 5\nh_sum 1\nh_count 5\n");
}

TEST(Histogram, CountsBeyond64Bits) {
  const std::vector<double> bounds = {1};
  const std::vector<std::uint64_t> counts = {kLargestNumber, kLargestNumber};
  EXPECT_EQ(written([&](TextWriter& text) {
              text.histogram("h", {}, {.bounds = bounds, .counts = counts});
            }),
            "h_bucket{le=\"1\"} 18446744073709551615\n"
            "h_bucket{le=\"+Inf\"} 36893488147419103230\n"
            "h_count 36893488147419103230\n");
}

TEST(Histogram, ForgivesCountsThatDoNotMatchTheBounds) {
  const std::vector<double> bounds = {1, 2};
  EXPECT_EQ(written([&](TextWriter& text) {
              const std::vector<std::uint64_t> few = {3};
              text.histogram("h", {}, {.bounds = bounds, .counts = few});
            }),
            "h_bucket{le=\"1\"} 3\nh_bucket{le=\"2\"} 3\nh_bucket{le=\"+Inf\"} 3\nh_count 3\n");
  EXPECT_EQ(written([&](TextWriter& text) {
              const std::vector<std::uint64_t> many = {1, 1, 1, 1, 1};
              text.histogram("h", {}, {.bounds = bounds, .counts = many});
            }),
            "h_bucket{le=\"1\"} 1\nh_bucket{le=\"2\"} 2\nh_bucket{le=\"+Inf\"} 5\nh_count 5\n");
}

TEST(ContentType, IsTheOneOfTheFormat) {
  EXPECT_EQ(kTextContentType, "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace
}  // namespace bpfmap::exposition
