// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_rows.h"

#include "plan_fixture.h"

namespace bpfmap::decode {
namespace {

class CompileRows : public PlanTest {
 protected:
  const KeepingPlan& keeping(const kernel::MapInfo& map, const std::string& settings) {
    maps_ = {map};
    names_ = {};
    plan_ = compile("object: test.bpf.o\nmaps: [ { map: m, " + settings + " } ]\n");
    EXPECT_THAT(messages_, IsEmpty());
    if (plan_.maps.size() != 1 || !plan_.maps[0].keeping) throw std::runtime_error("no plan");
    return *plan_.maps[0].keeping;
  }

  ObjectPlan plan_;
};

constexpr const char* kCounter = "metrics: [ { counter: c_total } ]";

TEST_F(CompileRows, KeepsNothingOfAMapThatIsReadAsItIs) {
  maps_ = {hash_map(number("u32"), number("u64"))};
  const auto plan =
      compile("object: test.bpf.o\nmaps: [ { map: m, metrics: [ { counter: c_total } ] } ]\n");
  ASSERT_EQ(plan.maps.size(), 1U);
  EXPECT_FALSE(plan.maps[0].keeping);
}

TEST_F(CompileRows, WidensOnlyWhatMetricsRead) {
  const auto value =
      structure("v", {{"seen_ns", number("u64")}, {"packets", number("u32")}, {"name", text(8)}});
  const auto& plan = keeping(hash_map(number("u32"), value),
                             "mode: accumulate, metrics: [ { counter: c_total, value: packets } ]");
  ASSERT_EQ(plan.lanes.size(), 1U);
  EXPECT_EQ(plan.lanes[0].from.offset(), 8U);
  EXPECT_EQ(plan.lanes[0].kind, Lane::Kind::kCount);
  EXPECT_EQ(plan.shape.value_size, 8U);
  EXPECT_EQ(plan.shape.key_size, 4U);
  EXPECT_EQ(plan.max_keys, kDefaultMaxKeys);
}

TEST_F(CompileRows, ReadsBytesNamedByHand) {
  const auto info = without_btf(hash_map(number("u32"), array(number("u32"), 6)));
  const auto& plan =
      keeping(info,
              "mode: drain, max_series: 9, labels: { k: { offset: 0, type: u32 } }, metrics: [ "
              "{ counter: c_total, value: { offset: 4, type: u32 } }, "
              "{ histogram: h, value: { offset: 8, type: u32, size: 12 }, "
              "buckets: { scale: linear, sum: { offset: 20, type: s32 } } } ]");
  ASSERT_EQ(plan.lanes.size(), 5U);
  EXPECT_EQ(plan.lanes[0].from.offset(), 4U);
  EXPECT_EQ(plan.lanes[3].from.offset(), 16U);
  EXPECT_EQ(plan.lanes[4].from.offset(), 20U);
  EXPECT_EQ(plan.lanes[4].kind, Lane::Kind::kSum);
  EXPECT_EQ(plan.max_keys, 9U);
  EXPECT_EQ(plan.limits.max_series, 0U) << "keys are bounded already";
}

TEST_F(CompileRows, GaugesOfOneFieldThatAreCombinedDifferentlyHaveWordsOfTheirOwn) {
  const auto& plan = keeping(per_cpu_map(number("u32"), number("u64"), 4),
                             "expire_after: 5s, metrics: [ { gauge: a, aggregate: max }, "
                             "{ gauge: b, aggregate: min }, { gauge: c }, { counter: d_total } ]");
  std::vector<Lane::Kind> kinds;
  for (const Lane& lane : plan.lanes) kinds.push_back(lane.kind);
  EXPECT_THAT(kinds, ElementsAre(Lane::Kind::kGaugeMax, Lane::Kind::kGaugeMin,
                                 Lane::Kind::kGaugeSum, Lane::Kind::kCount));
  EXPECT_FALSE(plan.cpus_apart());
  EXPECT_EQ(plan.limits.expire_after, std::chrono::seconds(5));
}

TEST_F(CompileRows, KeepsCpusApartForTheirLabel) {
  const auto& plan = keeping(per_cpu_map(number("u32"), number("u32"), 4),
                             std::string("cpu: true, mode: accumulate, ") + kCounter);
  EXPECT_TRUE(plan.cpus_apart());
  EXPECT_EQ(plan.shape.row_value_size(), 32U);
}

TEST_F(CompileRows, RemembersTheSlotOfAHistogram) {
  const auto key = structure("k", {{"pid", number("u32")}, {"slot", number("u16")}});
  const auto& plan =
      keeping(hash_map(key, number("u64")),
              "max_series: 5, labels: { pid: }, metrics: [ { histogram: h, bucket: slot, "
              "buckets: { scale: exp2, max: 8 } } ]");
  EXPECT_EQ(plan.limits.slot_offset, 4U);
  EXPECT_EQ(plan.limits.slot_size, 2U);
  EXPECT_EQ(plan.limits.max_series, 5U);
}

TEST_F(CompileRows, TopComparesTheWordsOfItsMetric) {
  const auto value = structure("v", {{"n", number("u64")}, {"slots", array(number("u64"), 3)}});
  const auto& plan = keeping(hash_map(number("u32"), value),
                             "top: { n: 3, by: h }, metrics: [ { counter: c_total, value: n }, "
                             "{ histogram: h, buckets: { scale: linear } } ]");
  EXPECT_EQ(plan.limits.top, 3U);
  EXPECT_THAT(plan.limits.top_words, ElementsAre(1, 2, 3));
}

TEST_F(CompileRows, RefusesToDrainOrDeleteWhatCannotBe) {
  maps_ = {array_map(number("u64"), 4)};
  EXPECT_THAT(check(std::string("map: m, mode: drain, ") + kCounter),
              ElementsAre("error 2:25 mode drain takes entries out of hash maps; 'm' is an array "
                          "(use mode: accumulate)"));
  EXPECT_THAT(check(std::string("map: m, expire_after: 1s, delete_expired: true, ") + kCounter),
              ElementsAre("error 2:33 delete_expired: entries of 'm' cannot be deleted, because it "
                          "is an array"));
  maps_ = {hash_map(number("u32"), number("u64"))};
  EXPECT_THAT(check(std::string("map: m, mode: drain, reader: next_key, ") + kCounter),
              ElementsAre("error 2:40 mode drain reads batches, and no other 'reader'"));
  auto outer = hash_map(number("u32"), number("u32"));
  outer.shape.type = BPF_MAP_TYPE_HASH_OF_MAPS;
  outer.inner = std::make_shared<const kernel::MapInfo>(hash_map(number("u32"), number("u64")));
  maps_ = {outer};
  EXPECT_THAT(check(std::string("map: m, mode: drain, ") + kCounter),
              ElementsAre("error 2:25 mode drain takes entries out of hash maps; 'm' is a map of "
                          "maps (use mode: accumulate)"));
  EXPECT_THAT(check(std::string("map: m, expire_after: 1s, delete_expired: true, ") + kCounter),
              ElementsAre("error 2:33 delete_expired: entries of 'm' cannot be deleted, because it "
                          "is a map of maps"));
}

TEST_F(CompileRows, SaysOnceAndInTheMapsOwnTermsWhatIsWrong) {
  maps_ = {hash_map(number("u32"), structure("v", {{"packets", number("u64")}}))};
  EXPECT_THAT(check("map: m, mode: accumulate, metrics: [ { counter: c_total, value: packet } ]"),
              ElementsAre(AllOf(HasSubstr("packet"), HasSubstr("did you mean 'packets'?"))));
  maps_ = {hash_map(number("u32"), array(number("u8"), 9000))};
  EXPECT_THAT(
      check("map: m, max_series: 5, metrics: [ { counter: c_total, value: \"value[1]\" } ]"),
      IsEmpty());
  maps_ = {
      hash_map(structure("k", {{"pid", number("u32")}, {"slot", number("u32")}}), number("u64"))};
  EXPECT_THAT(
      check("map: m, max_series: 5, metrics: [ { counter: c_total }, { histogram: h, bucket: slot, "
            "buckets: { scale: exp2, max: 3 } } ]"),
      ElementsAre("error 2:31 a limit of series needs the labels of map 'm' to be listed, "
                  "since its metrics do not have the same"));
}

}  // namespace
}  // namespace bpfmap::decode
