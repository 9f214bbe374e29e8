// SPDX-License-Identifier: Apache-2.0
// One family of several maps: what comes out where their labels are equal, and what is refused.
#include "decode/shared_families.h"

#include <array>
#include <limits>

#include "unit/decode/plan_fixture.h"

namespace bpfmap::decode {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Not;

class SharedFamiliesTest : public PlanTest {
 protected:
  SharedFamiliesTest() { maps_ = {hash_map(number("u32"), number("u64"))}; }

  // A file that exports map m with these settings; its rows are {key, value}. What there is to say
  // about it is in messages_.
  using Rows = std::vector<std::pair<std::uint32_t, std::uint64_t>>;
  void add(const std::string& settings, const Rows& rows, const std::string& file = {}) {
    test::RowBuilder builder(maps_.front().shape);
    for (const auto& [key, value] : rows) builder.add(key, value);
    add_rows(settings, std::move(builder), file);
  }

  void add_rows(const std::string& settings, test::RowBuilder rows, const std::string& file = {}) {
    add_file("object: test.bpf.o\nmaps: [ { map: m, " + settings + " } ]\n" + file,
             std::move(rows));
  }

  void add_file(const std::string& yaml, test::RowBuilder rows) {
    const std::string path = std::to_string(configs_.size() + 1) + ".yaml";
    ObjectPlan plan = compile(yaml, path);
    const auto source = source_of(yaml, path);
    config::Diagnostics silent(source);
    configs_.push_back(std::make_shared<const config::Config>(config::parse_config(
        source, [](const std::string&) { return std::optional<std::string>(); }, silent)));
    if (plan.maps.size() != 1) return;
    plans_.push_back(std::make_shared<const SamplePlan>(std::move(plan.maps.front().samples)));
    rows_.push_back(rows.take());
  }

  // The text of all families that are shared.
  std::string page() {
    const auto shared = shared_families(configs_);
    if (shared == nullptr) return "none is shared";
    std::vector<SharedRows> parts(plans_.size());
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      parts[i].plan = plans_[i];
      parts[i].names = &host_;
      for (const kernel::RowBlock& block : rows_[i]) parts[i].rows.push_back(&block);
    }
    std::string text;
    for (const auto& family : shared->families)
      text += render_shared(family, parts, exposition::Format::kText).to_string();
    errors_ = 0;
    for (const SharedRows& part : parts) errors_ += part.errors;
    return text;
  }

  std::vector<std::shared_ptr<const config::Config>> configs_;
  std::vector<std::shared_ptr<const SamplePlan>> plans_;
  std::vector<std::vector<kernel::RowBlock>> rows_;
  std::uint64_t errors_ = 0;
};

constexpr const char* kSharedCounter = "metrics: [ { counter: c_total, help: All of them. } ]";
constexpr const char* kSharedGauge = "metrics: [ { gauge: g } ]";

TEST_F(SharedFamiliesTest, EqualLabelsAreAddedUpExactly) {
  constexpr std::uint64_t kLarge = std::numeric_limits<std::uint64_t>::max();
  add(kSharedCounter, {{1, kLarge}, {2, 20}});
  add(kSharedCounter, {{3, 30}, {1, kLarge}});
  add(kSharedCounter, {{1, 1}});
  EXPECT_THAT(messages_, IsEmpty());
  EXPECT_EQ(page(),
            "# HELP c_total All of them.\n"
            "# TYPE c_total counter\n"
            "c_total{key=\"1\"} 36893488147419103231\n"
            "c_total{key=\"2\"} 20\n"
            "c_total{key=\"3\"} 30\n");
  EXPECT_EQ(errors_, 0U);
}

TEST_F(SharedFamiliesTest, AFamilyOfOneMapIsNotShared) {
  add(kSharedCounter, {{1, 1}});
  add("metrics: [ { counter: d_total } ]", {{1, 1}});
  EXPECT_EQ(page(), "none is shared");
}

TEST_F(SharedFamiliesTest, PrefixesBelongToTheName) {
  add("metrics: [ { counter: c_total } ]", {{1, 1}}, "prefix: x_\n");
  add("metrics: [ { counter: x_c_total } ]", {{1, 2}});
  add("metrics: [ { counter: c_total } ]", {{1, 4}});
  EXPECT_EQ(page(), "# TYPE x_c_total counter\nx_c_total{key=\"1\"} 3\n");
}

TEST_F(SharedFamiliesTest, LabelsAreComparedByNameAndNotByPlace) {
  add("labels: { a: { field: key }, z: { constant: last } }, " + std::string(kSharedCounter),
      {{1, 10}});
  add("labels: { z: { constant: last }, a: { field: key } }, " + std::string(kSharedCounter),
      {{1, 5}});
  EXPECT_THAT(page(), HasSubstr("c_total{a=\"1\",z=\"last\"} 15\n"));
  // One that is empty is none.
  add("labels: { z: { constant: last }, a: { field: key }, e: { constant: \"\" } }, " +
          std::string(kSharedCounter),
      {{1, 100}});
  EXPECT_THAT(page(), HasSubstr("c_total{a=\"1\",z=\"last\"} 115\n"));
}

TEST_F(SharedFamiliesTest, WithoutLabelsThereIsOneSample) {
  add("labels: {}, " + std::string(kSharedCounter), {{1, 10}, {2, 20}});
  add("labels: {}, " + std::string(kSharedCounter), {{1, 5}});
  EXPECT_THAT(page(), HasSubstr("\nc_total 35\n"));
}

TEST_F(SharedFamiliesTest, EmptyLabelsAreNone) {
  add("labels: {}, " + std::string(kSharedCounter), {{1, 10}});
  add("labels: { e: { constant: \"\" } }, " + std::string(kSharedCounter), {{1, 5}});
  EXPECT_THAT(page(), HasSubstr("\nc_total 15\n"));
}

TEST_F(SharedFamiliesTest, ZeroesAreLeftOutWhereAllWantThat) {
  add("skip_zero: true, " + std::string(kSharedCounter), {{1, 0}, {2, 0}, {3, 3}});
  add(kSharedCounter, {{1, 0}});
  EXPECT_EQ(page(),
            "# HELP c_total All of them.\n# TYPE c_total counter\n"
            "c_total{key=\"1\"} 0\nc_total{key=\"3\"} 3\n");
}

// Whichever of the maps has the type that can.
TEST_F(SharedFamiliesTest, ACounterBelowZeroIsLeftOutAndCounted) {
  constexpr std::uint64_t kMinusFive = std::numeric_limits<std::uint64_t>::max() - 4;
  add(kSharedCounter, {{1, 1}, {2, 20}});
  maps_ = {hash_map(number("u32"), number("s64"))};
  add(kSharedCounter, {{1, kMinusFive}, {2, kMinusFive}, {3, kMinusFive}});
  EXPECT_EQ(page(), "# HELP c_total All of them.\n# TYPE c_total counter\nc_total{key=\"2\"} 15\n");
  EXPECT_EQ(errors_, 2U);
}

TEST_F(SharedFamiliesTest, ATimeThatIsNotThereYetIsNone) {
  const std::string time = "metrics: [ { gauge: t_seconds, clock: boot } ]";
  add(time, {{1, 0}, {2, 3'000'000'000}});
  add(time, {{1, 0}, {2, 0}});
  EXPECT_EQ(page(), "# TYPE t_seconds gauge\nt_seconds{key=\"2\"} 3\n");
}

TEST_F(SharedFamiliesTest, TheHelpOfOneIsThatOfAll) {
  add("metrics: [ { counter: c_total } ]", {{1, 1}});
  add(kSharedCounter, {{2, 2}});
  add("metrics: [ { counter: c_total } ]", {{4, 4}});
  EXPECT_THAT(messages_, IsEmpty());
  EXPECT_THAT(page(), StartsWith("# HELP c_total All of them.\n"));
  add("metrics: [ { counter: c_total, help: Some of them. } ]", {{3, 3}});
  EXPECT_THAT(messages_,
              ElementsAre("error 2:41 metric 'c_total' has another help text at 2.yaml:2: 'All of "
                          "them.'; what several maps export together has one"));
}

TEST_F(SharedFamiliesTest, AnotherTypeIsRefusedWithBothPlaces) {
  add(kSharedCounter, {{1, 1}});
  add("metrics: [ { gauge: c_total } ]", {{1, 1}});
  EXPECT_THAT(messages_, ElementsAre("error 2:39 metric 'c_total' is already exported as a counter "
                                     "at 1.yaml:2"));
}

TEST_F(SharedFamiliesTest, GaugesNeedALabelThatTellsThemApart) {
  add(kSharedGauge, {{1, 10}});
  add(kSharedGauge, {{1, 20}});
  EXPECT_THAT(messages_,
              ElementsAre(StartsWith("error 2:39 gauge 'g' is exported at 1.yaml:2 as well, and no "
                                     "label tells the two apart")));
}

TEST_F(SharedFamiliesTest, GaugesAreToldApartByConstants) {
  add(kSharedGauge, {{1, 10}}, "labels: { side: left }\n");
  add(kSharedGauge, {{1, 20}}, "labels: { side: right }\n");
  add("labels: { side: { constant: inner }, key: }, " + std::string(kSharedGauge), {{1, 30}});
  EXPECT_THAT(messages_, IsEmpty());
  EXPECT_EQ(page(),
            "# TYPE g gauge\n"
            "g{side=\"left\",key=\"1\"} 10\n"
            "g{side=\"right\",key=\"1\"} 20\n"
            "g{side=\"inner\",key=\"1\"} 30\n");
  add(kSharedGauge, {{1, 40}}, "labels: { side: left }\n");
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("exported at 1.yaml:2 as well")));
}

TEST_F(SharedFamiliesTest, AConstantThatOnlyOneHasTellsApart) {
  add("labels: { key: }, " + std::string(kSharedGauge), {{1, 10}});
  add("labels: { key: , queue: { constant: rx } }, " + std::string(kSharedGauge), {{1, 20}});
  EXPECT_THAT(messages_, IsEmpty());
  EXPECT_EQ(page(), "# TYPE g gauge\ng{key=\"1\"} 10\ng{key=\"1\",queue=\"rx\"} 20\n");
  // But for an empty one, or one that the other has of a field.
  add("labels: { key: , queue: { constant: \"\" } }, " + std::string(kSharedGauge), {{1, 20}});
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("exported at 1.yaml:2 as well")));
}

TEST_F(SharedFamiliesTest, WhatCannotBeAddedIsRefused) {
  add("metrics: [ { counter: c_total, unit: 1us } ]", {{1, 10}});
  add("metrics: [ { counter: c_total, unit: 1ms } ]", {{1, 10}});
  EXPECT_THAT(messages_,
              ElementsAre("error 2:41 counter 'c_total' counts (whole numbers times 0.001) what "
                          "cannot be added to that at 1.yaml:2 (whole numbers times 1e-06), and no "
                          "label tells the two apart"));
}

TEST_F(SharedFamiliesTest, OtherUnitsAreFineWhereALabelTellsApart) {
  add("metrics: [ { counter: c_seconds_total, unit: 1us } ]", {{1, 1000}}, "labels: { in: us }\n");
  add("metrics: [ { counter: c_seconds_total, unit: 1ms } ]", {{1, 1000}}, "labels: { in: ms }\n");
  EXPECT_THAT(messages_, IsEmpty());
  EXPECT_EQ(page(),
            "# TYPE c_seconds_total counter\n"
            "c_seconds_total{in=\"us\",key=\"1\"} 0.001\n"
            "c_seconds_total{in=\"ms\",key=\"1\"} 1\n");
}

// Histograms of an array in the value, with `slots` slots.
class SharedHistograms : public SharedFamiliesTest {
 protected:
  static std::string histogram(const std::string& more = {}) {
    return "metrics: [ { histogram: h, value: slots, buckets: { scale: linear" + more + " } } ]";
  }
  void add_slots(const std::string& settings, const std::array<std::uint64_t, 3>& slots,
                 std::uint64_t sum) {
    maps_ = {hash_map(number("u32"), structure("struct v", {{"slots", array(number("u64"), 3)},
                                                            {"sum", number("u64")}}))};
    test::RowBuilder rows(maps_.front().shape);
    struct {
      std::array<std::uint64_t, 3> slots;
      std::uint64_t sum;
    } const value{slots, sum};
    rows.add(std::uint32_t{1}, value);
    add_rows(settings, std::move(rows));
  }
};

TEST_F(SharedHistograms, AreAddedBucketByBucket) {
  add_slots(histogram(", sum: sum"), {1, 2, 4}, 100);
  add_slots(histogram(", sum: sum"), {10, 20, 40}, 1000);
  EXPECT_THAT(messages_, IsEmpty());
  EXPECT_EQ(page(),
            "# TYPE h histogram\n"
            "h_bucket{key=\"1\",le=\"0\"} 11\n"
            "h_bucket{key=\"1\",le=\"1\"} 33\n"
            "h_bucket{key=\"1\",le=\"+Inf\"} 77\n"
            "h_sum{key=\"1\"} 1100\n"
            "h_count{key=\"1\"} 77\n");
}

TEST_F(SharedHistograms, OfOtherBucketsOrWithoutASumAreRefused) {
  add_slots(histogram(", sum: sum"), {1, 2, 4}, 100);
  add_slots(histogram(), {1, 2, 4}, 100);
  EXPECT_THAT(messages_,
              ElementsAre(AllOf(HasSubstr("histogram 'h' counts (buckets up to 0 1, no "
                                          "sums) what cannot be added to that at 1.yaml"),
                                HasSubstr("(buckets up to 0 1, sums times 1)"))));
  add_slots(histogram(", sum: sum, step: 10"), {1, 2, 4}, 100);
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("buckets up to 0 10, sums times 1")));
}

TEST_F(SharedHistograms, HaveNoCommaWithoutLabels) {
  add_slots("labels: { a: { constant: \"\" } }, " + histogram(), {1, 2, 4}, 0);
  add_slots("labels: { b: { constant: \"\" } }, " + histogram(), {1, 2, 4}, 0);
  EXPECT_EQ(page(),
            "# TYPE h histogram\n"
            "h_bucket{le=\"0\"} 2\n"
            "h_bucket{le=\"1\"} 6\n"
            "h_bucket{le=\"+Inf\"} 14\n"
            "h_count{} 14\n");
}

// Types of maps of others come when check is long over.
TEST_F(SharedHistograms, WhatTurnsOutToBeDifferentIsLeftOutAndCounted) {
  add_slots(histogram(), {1, 2, 4}, 0);
  add_slots(histogram(", step: 10"), {1, 2, 4}, 0);
  EXPECT_EQ(page(),
            "# TYPE h histogram\n"
            "h_bucket{key=\"1\",le=\"0\"} 1\n"
            "h_bucket{key=\"1\",le=\"1\"} 3\n"
            "h_bucket{key=\"1\",le=\"+Inf\"} 7\n"
            "h_count{key=\"1\"} 7\n");
  EXPECT_EQ(errors_, 1U);
}

TEST_F(SharedFamiliesTest, OfAFileInEbpfExportersFormat) {
  add("metrics: [ { counter: m, help: Both. } ]", {{1, 10}}, "prefix: ebpf_exporter_\n");
  test::RowBuilder rows(maps_.front().shape);
  rows.add(std::uint32_t{1}, std::uint64_t{5});
  add_file(
      "metrics:\n  counters:\n    - name: m\n      help: Both.\n      labels:\n"
      "        - { name: key, size: 4, decoders: [ { name: uint } ] }\n",
      std::move(rows));
  EXPECT_THAT(messages_, Not(Contains(StartsWith("error"))));
  EXPECT_EQ(page(),
            "# HELP ebpf_exporter_m Both.\n# TYPE ebpf_exporter_m counter\n"
            "ebpf_exporter_m{key=\"1\"} 15\n");
}

// The parser allows what this test is about, and each map has its say once.
TEST_F(SharedFamiliesTest, OfTwoMapsOfOneFile) {
  maps_ = {hash_map(number("u32"), number("u64"), "m"),
           hash_map(number("u32"), number("u64"), "n")};
  compile("object: test.bpf.o\nmaps:\n- { map: m, " + std::string(kSharedCounter) +
          " }\n- { map: n, " + kSharedCounter + " }\n");
  EXPECT_THAT(messages_, IsEmpty());
  compile(
      "object: test.bpf.o\nmaps:\n- { map: m, metrics: [ { counter: d_total }, { counter: d_total "
      "} ] }\n",
      "other.yaml");
  EXPECT_THAT(messages_,
              ElementsAre("error 3:57 metric 'd_total' is defined twice, first at line 3"));
}

}  // namespace
}  // namespace bpfmap::decode
