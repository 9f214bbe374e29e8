// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <limits>

#include "unit/decode/plan_fixture.h"

// The text of histograms, written by hand.
namespace bpfmap::decode {
namespace {

constexpr std::uint64_t kLargestCount = std::numeric_limits<std::uint64_t>::max();

class RenderHistogram : public PlanTest {};

struct SlotKey {
  std::uint32_t disk;
  std::uint32_t slot;
};

test::TypePtr slot_key_type(const std::string& slot_type = "u32") {
  return structure("struct key", {{"disk", number("u32")}, {"slot", number(slot_type)}});
}

TEST_F(RenderHistogram, OneBucketARow) {
  const auto map = hash_map(slot_key_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(SlotKey{1, 2}, std::uint64_t{5});
  rows.add(SlotKey{8, 1}, std::uint64_t{1});
  rows.add(SlotKey{1, 0}, std::uint64_t{3});
  rows.add(SlotKey{1, 4}, std::uint64_t{2});  // above the last bucket
  EXPECT_EQ(render(map, rows,
                   "metrics: [ { histogram: io_seconds, help: Time., bucket: slot,"
                   " buckets: { max: 3, unit: 1us } } ]"),
            "# HELP io_seconds Time.\n"
            "# TYPE io_seconds histogram\n"
            "io_seconds_bucket{disk=\"1\",le=\"1e-06\"} 3\n"
            "io_seconds_bucket{disk=\"1\",le=\"2e-06\"} 3\n"
            "io_seconds_bucket{disk=\"1\",le=\"4e-06\"} 8\n"
            "io_seconds_bucket{disk=\"1\",le=\"8e-06\"} 8\n"
            "io_seconds_bucket{disk=\"1\",le=\"+Inf\"} 10\n"
            "io_seconds_count{disk=\"1\"} 10\n"
            "io_seconds_bucket{disk=\"8\",le=\"1e-06\"} 0\n"
            "io_seconds_bucket{disk=\"8\",le=\"2e-06\"} 1\n"
            "io_seconds_bucket{disk=\"8\",le=\"4e-06\"} 1\n"
            "io_seconds_bucket{disk=\"8\",le=\"8e-06\"} 1\n"
            "io_seconds_bucket{disk=\"8\",le=\"+Inf\"} 1\n"
            "io_seconds_count{disk=\"8\"} 1\n");
  EXPECT_EQ(rendering_.samples, 12U);
}

TEST_F(RenderHistogram, TheSumCanHaveAKeyOfItsOwn) {
  const auto map = hash_map(slot_key_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(SlotKey{1, 0}, std::uint64_t{3});
  rows.add(SlotKey{1, 2}, std::uint64_t{1200});  // the sum
  rows.add(SlotKey{1, 3}, std::uint64_t{4});     // above
  rows.add(SlotKey{2, 1}, std::uint64_t{1});     // a disk without a sum
  EXPECT_EQ(render(map, rows,
                   "metrics: [ { histogram: io_seconds, bucket: slot,"
                   " buckets: { max: 1, unit: 1us, sum: { key: 2 } } } ]"),
            "# TYPE io_seconds histogram\n"
            "io_seconds_bucket{disk=\"1\",le=\"1e-06\"} 3\n"
            "io_seconds_bucket{disk=\"1\",le=\"2e-06\"} 3\n"
            "io_seconds_bucket{disk=\"1\",le=\"+Inf\"} 7\n"
            "io_seconds_sum{disk=\"1\"} 0.0012\n"
            "io_seconds_count{disk=\"1\"} 7\n"
            "io_seconds_bucket{disk=\"2\",le=\"1e-06\"} 0\n"
            "io_seconds_bucket{disk=\"2\",le=\"2e-06\"} 1\n"
            "io_seconds_bucket{disk=\"2\",le=\"+Inf\"} 1\n"
            "io_seconds_sum{disk=\"2\"} 0\n"
            "io_seconds_count{disk=\"2\"} 1\n");
}

TEST_F(RenderHistogram, TheSumCanBeAFieldOfEachRowsValue) {
  struct Value {
    std::uint64_t count;
    std::uint64_t total;
  };
  const auto map = hash_map(
      slot_key_type(), structure("struct v", {{"count", number("u64")}, {"total", number("u64")}}));
  test::RowBuilder rows(map.shape);
  rows.add(SlotKey{1, 0}, Value{3, 100});
  rows.add(SlotKey{1, 1}, Value{1, kLargestCount});
  EXPECT_EQ(render(map, rows,
                   "metrics: [ { histogram: io_size, bucket: slot, value: count,"
                   " buckets: { max: 1, sum: total } } ]"),
            "# TYPE io_size histogram\n"
            "io_size_bucket{disk=\"1\",le=\"1\"} 3\n"
            "io_size_bucket{disk=\"1\",le=\"2\"} 4\n"
            "io_size_bucket{disk=\"1\",le=\"+Inf\"} 4\n"
            "io_size_sum{disk=\"1\"} 18446744073709551715\n"
            "io_size_count{disk=\"1\"} 4\n");
}

TEST_F(RenderHistogram, SlotsOutsideOfTheBucketsAreCountedAtTheEnds) {
  struct Key {
    std::uint64_t slot;
  };
  const auto map = hash_map(structure("struct key", {{"slot", number("u64")}}), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{4}, std::uint64_t{1});     // below min
  rows.add(Key{5}, std::uint64_t{10});    // the first
  rows.add(Key{6}, std::uint64_t{100});   // the last
  rows.add(Key{7}, std::uint64_t{1000});  // above
  rows.add(Key{kLargestCount}, std::uint64_t{10000});
  rows.add(Key{std::uint64_t{1} << 63U}, std::uint64_t{100000});
  EXPECT_EQ(render(map, rows,
                   "metrics: [ { histogram: io, bucket: slot, buckets: { min: 5, max: 6 } } ]"),
            "# TYPE io histogram\n"
            "io_bucket{le=\"32\"} 11\n"
            "io_bucket{le=\"64\"} 111\n"
            "io_bucket{le=\"+Inf\"} 111111\n"
            "io_count 111111\n");
}

TEST_F(RenderHistogram, SignedSlotsMayBeNegative) {
  struct Key {
    std::int32_t disk;
    std::int32_t slot;
  };
  const auto map = hash_map(slot_key_type("s32"), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{1, -2147483647}, std::uint64_t{1});
  rows.add(Key{1, -2}, std::uint64_t{10});
  rows.add(Key{1, -1}, std::uint64_t{100});
  rows.add(Key{1, 0}, std::uint64_t{1000});
  rows.add(Key{1, 1}, std::uint64_t{10000});
  EXPECT_EQ(render(map, rows,
                   "labels: {}, metrics: [ { histogram: io, bucket: slot,"
                   " buckets: { min: -2, max: 0 } } ]"),
            "# TYPE io histogram\n"
            "io_bucket{le=\"0.25\"} 11\n"
            "io_bucket{le=\"0.5\"} 111\n"
            "io_bucket{le=\"1\"} 1111\n"
            "io_bucket{le=\"+Inf\"} 11111\n"
            "io_count 11111\n");
}

TEST_F(RenderHistogram, ANegativeCountIsAnErrorAndCountsNothing) {
  const auto map = hash_map(slot_key_type(), number("s64"));
  test::RowBuilder rows(map.shape);
  rows.add(SlotKey{1, 0}, std::int64_t{-3});
  rows.add(SlotKey{1, 1}, std::int64_t{4});
  EXPECT_EQ(render(map, rows,
                   "labels: {}, metrics: [ { histogram: io, bucket: slot, buckets: { max: 1 } } ]"),
            "# TYPE io histogram\n"
            "io_bucket{le=\"1\"} 0\n"
            "io_bucket{le=\"2\"} 4\n"
            "io_bucket{le=\"+Inf\"} 4\n"
            "io_count 4\n");
  EXPECT_EQ(rendering_.decode_errors, 1U);
}

// Buckets stay cumulative whatever the map holds: nothing wraps at 64 bits.
TEST_F(RenderHistogram, CountsAreSummedBeyond64Bits) {
  const auto map = per_cpu_map(slot_key_type(), number("u64"), 2);
  test::RowBuilder rows(map.shape);
  rows.add_per_cpu(SlotKey{1, 0}, std::vector<std::uint64_t>{kLargestCount, kLargestCount});
  rows.add_per_cpu(SlotKey{2, 0}, std::vector<std::uint64_t>{1, 1});
  rows.add_per_cpu(SlotKey{2, 1}, std::vector<std::uint64_t>{kLargestCount, 0});
  EXPECT_EQ(render(map, rows,
                   "labels: {}, metrics: [ { histogram: io, bucket: slot, buckets: { max: 0 } } ]"),
            "# TYPE io histogram\n"
            "io_bucket{le=\"1\"} 36893488147419103232\n"
            "io_bucket{le=\"+Inf\"} 55340232221128654847\n"
            "io_count 55340232221128654847\n");
}

using Slots = std::array<std::uint64_t, 4>;

struct ArrayValue {
  std::uint64_t total;
  Slots slots;
};

test::TypePtr array_value_type() {
  return structure("struct v", {{"total", number("u64")}, {"slots", array(number("u64"), 4)}});
}

TEST_F(RenderHistogram, OneBucketAnElementAndTheLastIsInf) {
  const auto map = hash_map(number("u32"), array_value_type());
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, ArrayValue{77, {1, 0, 2, 4}});
  EXPECT_EQ(render(map, rows,
                   "metrics: [ { histogram: io_seconds, value: slots,"
                   " buckets: { scale: exp2zero, unit: 1ms, sum: total } } ]"),
            "# TYPE io_seconds histogram\n"
            "io_seconds_bucket{key=\"1\",le=\"0\"} 1\n"
            "io_seconds_bucket{key=\"1\",le=\"0.001\"} 1\n"
            "io_seconds_bucket{key=\"1\",le=\"0.002\"} 3\n"
            "io_seconds_bucket{key=\"1\",le=\"+Inf\"} 7\n"
            "io_seconds_sum{key=\"1\"} 0.077\n"
            "io_seconds_count{key=\"1\"} 7\n");
}

TEST_F(RenderHistogram, TheLastElementIsABucketWhereMaxSaysSo) {
  const auto map = hash_map(number("u32"), array_value_type());
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, ArrayValue{77, {1, 0, 2, 4}});
  EXPECT_EQ(render(map, rows,
                   "labels: {}, metrics: [ { histogram: io,"
                   " buckets: { scale: linear, step: 10, min: 1, max: 4 } } ]"),
            "# TYPE io histogram\n"
            "io_bucket{le=\"10\"} 1\n"
            "io_bucket{le=\"20\"} 1\n"
            "io_bucket{le=\"30\"} 3\n"
            "io_bucket{le=\"40\"} 7\n"
            "io_bucket{le=\"+Inf\"} 7\n"
            "io_count 7\n");
}

TEST_F(RenderHistogram, ElementsAboveMaxAreInf) {
  const auto map = hash_map(number("u32"), array(number("u32"), 4));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, std::array<std::uint32_t, 4>{1, 2, 4, 4294967295});
  EXPECT_EQ(
      render(map, rows, "labels: {}, metrics: [ { histogram: io, buckets: { min: -1, max: 0 } } ]"),
      "# TYPE io histogram\n"
      "io_bucket{le=\"0.5\"} 1\n"
      "io_bucket{le=\"1\"} 3\n"
      "io_bucket{le=\"+Inf\"} 4294967302\n"
      "io_count 4294967302\n");
}

TEST_F(RenderHistogram, ExplicitBoundsHaveUnits) {
  const auto map = hash_map(number("u32"), array_value_type());
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, ArrayValue{77, {1, 0, 2, 4}});
  EXPECT_EQ(render(map, rows,
                   "labels: {}, metrics: [ { histogram: io_seconds,"
                   " buckets: { bounds: [ 0.7, 2.5, 1000000 ], unit: 1ms } } ]"),
            "# TYPE io_seconds histogram\n"
            "io_seconds_bucket{le=\"0.0007\"} 1\n"
            "io_seconds_bucket{le=\"0.0025\"} 1\n"
            "io_seconds_bucket{le=\"1000\"} 3\n"
            "io_seconds_bucket{le=\"+Inf\"} 7\n"
            "io_seconds_count 7\n");
}

TEST_F(RenderHistogram, AsManyBoundsAsElementsLeaveInfEmpty) {
  const auto map = hash_map(number("u32"), array_value_type());
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, ArrayValue{77, {1, 0, 2, 4}});
  EXPECT_EQ(
      render(map, rows, "labels: {}, metrics: [ { histogram: io, buckets: [ 1, 2, 3, 4 ] } ]"),
      "# TYPE io histogram\n"
      "io_bucket{le=\"1\"} 1\n"
      "io_bucket{le=\"2\"} 1\n"
      "io_bucket{le=\"3\"} 3\n"
      "io_bucket{le=\"4\"} 7\n"
      "io_bucket{le=\"+Inf\"} 7\n"
      "io_count 7\n");
}

TEST_F(RenderHistogram, ExplicitBoundsOfRowsAreNumberedFromZero) {
  const auto map = hash_map(slot_key_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  for (const std::uint32_t slot : {0U, 1U, 2U, 9U}) {
    rows.add(SlotKey{1, slot}, std::uint64_t{slot + 1});
  }
  EXPECT_EQ(render(map, rows,
                   "labels: {}, metrics: [ { histogram: io, bucket: slot, buckets: [ -5, 5 ] } ]"),
            "# TYPE io histogram\n"
            "io_bucket{le=\"-5\"} 1\n"
            "io_bucket{le=\"5\"} 3\n"
            "io_bucket{le=\"+Inf\"} 16\n"
            "io_count 16\n");
}

TEST_F(RenderHistogram, CpusAreSummedOrLabelled) {
  const auto map = per_cpu_map(number("u32"), array_value_type(), 2);
  test::RowBuilder rows(map.shape);
  rows.add_per_cpu(std::uint32_t{1},
                   std::vector<ArrayValue>{{10, {1, 0, 0, 0}}, {5, {0, 0, 0, 2}}});
  const std::string metrics =
      "metrics: [ { histogram: io, value: slots, buckets: { max: 0, sum: total } } ]";
  EXPECT_EQ(render(map, rows, metrics),
            "# TYPE io histogram\n"
            "io_bucket{key=\"1\",le=\"1\"} 1\n"
            "io_bucket{key=\"1\",le=\"+Inf\"} 3\n"
            "io_sum{key=\"1\"} 15\n"
            "io_count{key=\"1\"} 3\n");
  EXPECT_EQ(render(map, rows, "cpu: true, " + metrics),
            "# TYPE io histogram\n"
            "io_bucket{key=\"1\",cpu=\"0\",le=\"1\"} 1\n"
            "io_bucket{key=\"1\",cpu=\"0\",le=\"+Inf\"} 1\n"
            "io_sum{key=\"1\",cpu=\"0\"} 10\n"
            "io_count{key=\"1\",cpu=\"0\"} 1\n"
            "io_bucket{key=\"1\",cpu=\"1\",le=\"1\"} 0\n"
            "io_bucket{key=\"1\",cpu=\"1\",le=\"+Inf\"} 2\n"
            "io_sum{key=\"1\",cpu=\"1\"} 5\n"
            "io_count{key=\"1\",cpu=\"1\"} 2\n");
}

TEST_F(RenderHistogram, RowsWithEqualLabelsAreOneHistogram) {
  struct Key {
    std::uint32_t cgroup;
    std::array<char, 4> name;
  };
  const auto map = hash_map(structure("struct key", {{"cgroup", number("u32")}, {"name", text(4)}}),
                            array_value_type());
  test::RowBuilder rows(map.shape);
  rows.add(Key{1, {'a', 0, 'x', 'y'}}, ArrayValue{1, {1, 0, 0, 0}});
  rows.add(Key{1, {'b', 0, 0, 0}}, ArrayValue{10, {0, 0, 0, 1}});
  rows.add(Key{1, {'a', 0, 0, 0}}, ArrayValue{100, {1, 0, 0, 1}});
  EXPECT_EQ(render(map, rows, "metrics: [ { histogram: io, buckets: { max: 0, sum: total } } ]"),
            "# TYPE io histogram\n"
            "io_bucket{cgroup=\"1\",name=\"a\",le=\"1\"} 2\n"
            "io_bucket{cgroup=\"1\",name=\"a\",le=\"+Inf\"} 3\n"
            "io_sum{cgroup=\"1\",name=\"a\"} 101\n"
            "io_count{cgroup=\"1\",name=\"a\"} 3\n"
            "io_bucket{cgroup=\"1\",name=\"b\",le=\"1\"} 0\n"
            "io_bucket{cgroup=\"1\",name=\"b\",le=\"+Inf\"} 1\n"
            "io_sum{cgroup=\"1\",name=\"b\"} 10\n"
            "io_count{cgroup=\"1\",name=\"b\"} 1\n");
}

TEST_F(RenderHistogram, SkipZeroLeavesOutHistogramsWithoutObservations) {
  const auto map = hash_map(number("u32"), array_value_type());
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, ArrayValue{0, {0, 0, 0, 0}});
  rows.add(std::uint32_t{2}, ArrayValue{0, {0, 0, 1, 0}});
  EXPECT_EQ(
      render(map, rows, "skip_zero: true, metrics: [ { histogram: io, buckets: { max: 1 } } ]"),
      "# TYPE io histogram\n"
      "io_bucket{key=\"2\",le=\"1\"} 0\n"
      "io_bucket{key=\"2\",le=\"2\"} 0\n"
      "io_bucket{key=\"2\",le=\"+Inf\"} 1\n"
      "io_count{key=\"2\"} 1\n");
  EXPECT_EQ(rendering_.samples, 4U);
}

TEST_F(RenderHistogram, AnEmptyMapIsAFamilyWithoutSamples) {
  const auto map = hash_map(number("u32"), array_value_type());
  EXPECT_EQ(render(map, test::RowBuilder(map.shape),
                   "metrics: [ { histogram: io, buckets: { max: 1 } } ]"),
            "# TYPE io histogram\n");
}

TEST_F(RenderHistogram, ConstantLabelsAndPrefixes) {
  const auto map = array_map(array_value_type(), 1);
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{0}, ArrayValue{3, {1, 1, 1, 1}});
  EXPECT_EQ(render(map, rows, "metrics: [ { histogram: io, buckets: { max: 0, sum: total } } ]",
                   "prefix: my_\nlabels: { site: \"a,b\" }\n"),
            "# TYPE my_io histogram\n"
            "my_io_bucket{site=\"a,b\",le=\"1\"} 1\n"
            "my_io_bucket{site=\"a,b\",le=\"+Inf\"} 4\n"
            "my_io_sum{site=\"a,b\"} 3\n"
            "my_io_count{site=\"a,b\"} 4\n");
}

TEST_F(RenderHistogram, SumsMayBeNegativeOrFloats) {
  struct Value {
    std::int64_t balance;
    double seconds;
    std::uint64_t slots[2];
  };
  const auto map =
      hash_map(number("u32"), structure("struct v", {{"balance", number("s64")},
                                                     {"seconds", number("f64")},
                                                     {"slots", array(number("u64"), 2)}}));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, Value{-5, 0.25, {1, 1}});
  EXPECT_EQ(
      render(map, rows,
             "labels: {}, metrics: [ { histogram: a, buckets: { sum: balance } },"
             " { histogram: b, buckets: { sum: seconds, unit: 1ms } } ]"),
      "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2\na_sum -5\na_count 2\n"
      "# TYPE b histogram\nb_bucket{le=\"0.001\"} 1\nb_bucket{le=\"+Inf\"} 2\n"
      "b_sum 0.00025\nb_count 2\n");
}

// Longer than a chunk of the body: every line is whole.
TEST_F(RenderHistogram, ManyHistograms) {
  const auto map = hash_map(number("u32"), array_value_type());
  test::RowBuilder rows(map.shape);
  std::string expected = "# TYPE io histogram\n";
  for (std::uint32_t key = 0; key < 20000; ++key) {
    rows.add(key, ArrayValue{0, {key, 0, 1, 0}});
    const std::string label = "key=\"" + std::to_string(key) + "\"";
    expected += "io_bucket{" + label + ",le=\"1\"} " + std::to_string(key) + "\n";
    expected += "io_bucket{" + label + ",le=\"+Inf\"} " + std::to_string(key + 1) + "\n";
    expected += "io_count{" + label + "} " + std::to_string(key + 1) + "\n";
  }
  ASSERT_GT(expected.size(), exposition::BodyWriter::kDefaultChunkBytes);
  EXPECT_EQ(render(map, rows, "metrics: [ { histogram: io, buckets: { max: 0 } } ]"), expected);
}

}  // namespace
}  // namespace bpfmap::decode
