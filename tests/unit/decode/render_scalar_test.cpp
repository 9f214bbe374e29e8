// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <limits>

#include "unit/decode/plan_fixture.h"

// The text of counters and gauges, written by hand.
namespace bpfmap::decode {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

class RenderScalar : public PlanTest {};

struct Key {
  std::uint32_t pid;
  char comm[16];
};

test::TypePtr key_type() {
  return structure("struct key", {{"pid", number("u32")}, {"comm", text(16)}});
}

TEST_F(RenderScalar, EveryFieldOfTheKeyIsALabelInItsOrder) {
  const auto map = hash_map(key_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{17, "nginx"}, std::uint64_t{5});
  rows.add(Key{18, "bash"}, std::uint64_t{0});
  rows.add(Key{4294967295, "exactly 15 chr!"}, std::uint64_t{1});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: requests_total } ]"),
            "# TYPE requests_total counter\n"
            "requests_total{pid=\"17\",comm=\"nginx\"} 5\n"
            "requests_total{pid=\"18\",comm=\"bash\"} 0\n"
            "requests_total{pid=\"4294967295\",comm=\"exactly 15 chr!\"} 1\n");
  EXPECT_EQ(rendering_.samples, 3U);
  EXPECT_EQ(rendering_.decode_errors, 0U);
}

TEST_F(RenderScalar, AMapWithoutRowsIsAFamilyWithoutSamples) {
  const auto map = hash_map(key_type(), number("u64"));
  EXPECT_EQ(render(map, test::RowBuilder(map.shape),
                   "metrics: [ { counter: requests_total, help: Requests. } ]"),
            "# HELP requests_total Requests.\n# TYPE requests_total counter\n");
  EXPECT_EQ(rendering_.samples, 0U);
}

TEST_F(RenderScalar, ThePrefixStandsInEveryLineAndHelpIsEscaped) {
  const auto map = hash_map(number("u32"), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, std::uint64_t{2});
  EXPECT_EQ(
      render(map, rows, R"(metrics: [ { gauge: depth, help: "a\\b\n\"c\"" } ])", "prefix: acme_\n"),
      "# HELP acme_depth a\\\\b\\n\"c\"\n"
      "# TYPE acme_depth gauge\n"
      "acme_depth{key=\"1\"} 2\n");
}

TEST_F(RenderScalar, ConstantLabelsStandBeforeAndBetweenTheOthers) {
  const auto map = hash_map(key_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{17, "nginx"}, std::uint64_t{5});
  EXPECT_EQ(
      render(
          map, rows,
          R"(labels: { comm: , kind: { constant: "a\"b\\" }, pid: { field: pid, decode: hex } },)"
          R"( metrics: [ { counter: requests_total } ])",
          "labels: { site: \"x\\ny\", team: net }\n"),
      "# TYPE requests_total counter\n"
      "requests_total{site=\"x\\ny\",team=\"net\",comm=\"nginx\",kind=\"a\\\"b\\\\\",pid=\"0x11\"}"
      " 5\n");
}

TEST_F(RenderScalar, AnArrayOfOneEntryHasNoLabels) {
  const auto map = array_map(number("u64"), 1);
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{0}, std::uint64_t{42});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\nevents_total 42\n");
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(RenderScalar, AnArrayOfOneEntryHasTheConstantLabels) {
  const auto map = array_map(number("u64"), 1);
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{0}, std::uint64_t{42});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]", "labels: { a: b }\n"),
            "# TYPE events_total counter\nevents_total{a=\"b\"} 42\n");
}

TEST_F(RenderScalar, AnArrayOfMoreEntriesIsLabelledByItsIndex) {
  const auto map = array_map(number("u64"), 2);
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{0}, std::uint64_t{1});
  rows.add(std::uint32_t{1}, std::uint64_t{2});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\nevents_total{key=\"0\"} 1\nevents_total{key=\"1\"} 2\n");
}

TEST_F(RenderScalar, NoLabelsAtAllSumUpTheWholeMap) {
  const auto map = hash_map(key_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{1, "a"}, std::uint64_t{5});
  rows.add(Key{2, "b"}, std::uint64_t{6});
  rows.add(Key{3, "c"}, std::uint64_t{7});
  EXPECT_EQ(render(map, rows, "labels: {}, metrics: [ { counter: requests_total } ]"),
            "# TYPE requests_total counter\nrequests_total 18\n");
}

TEST_F(RenderScalar, SkipZeroLeavesOutZeroes) {
  const auto map = array_map(number("u64"), 3);
  test::RowBuilder rows(map.shape);
  for (const std::uint32_t i : {0U, 1U, 2U}) rows.add(i, std::uint64_t{i % 2});
  EXPECT_EQ(render(map, rows, "skip_zero: true, metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\nevents_total{key=\"1\"} 1\n");
  EXPECT_EQ(rendering_.samples, 1U);
}

TEST_F(RenderScalar, SkipZeroLooksAtTheSumAndNotAtItsParts) {
  const auto map = hash_map(key_type(), number("s64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{1, "a"}, std::int64_t{5});
  rows.add(Key{2, "a"}, std::int64_t{-5});
  rows.add(Key{3, "b"}, std::int64_t{0});
  rows.add(Key{4, "b"}, std::int64_t{3});
  EXPECT_EQ(render(map, rows, "skip_zero: true, labels: { comm: }, metrics: [ { gauge: depth } ]"),
            "# TYPE depth gauge\ndepth{comm=\"b\"} 3\n");
}

TEST_F(RenderScalar, TheLargestNumbersAreExact) {
  const auto map = hash_map(number("u32"), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, kLargest);
  rows.add(std::uint32_t{2}, std::uint64_t{9007199254740993});  // 2^53 + 1, which no double is
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{key=\"1\"} 18446744073709551615\n"
            "events_total{key=\"2\"} 9007199254740993\n");
}

TEST_F(RenderScalar, SumsOverCpusGoBeyond64Bits) {
  const auto map = per_cpu_map(number("u32"), number("u64"), 3);
  test::RowBuilder rows(map.shape);
  rows.add_per_cpu(std::uint32_t{1}, std::vector<std::uint64_t>{kLargest, kLargest, 2});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\nevents_total{key=\"1\"} 36893488147419103232\n");
}

TEST_F(RenderScalar, SumsOverKeysGoBeyond64Bits) {
  const auto map = hash_map(number("u32"), number("s64"));
  test::RowBuilder rows(map.shape);
  for (std::uint32_t key = 0; key < 3; ++key) {
    rows.add(key, std::numeric_limits<std::int64_t>::min());
  }
  EXPECT_EQ(render(map, rows, "labels: {}, metrics: [ { gauge: depth } ]"),
            "# TYPE depth gauge\ndepth -27670116110564327424\n");
}

TEST_F(RenderScalar, ValuesOfCpusAreRoundedUpToEightBytes) {
  const auto map = per_cpu_map(number("u32"), number("u32"), 2);
  test::RowBuilder rows(map.shape);  // fills what lies between them with garbage
  rows.add_per_cpu(std::uint32_t{1}, std::vector<std::uint32_t>{4294967295, 1});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\nevents_total{key=\"1\"} 4294967296\n");
}

TEST_F(RenderScalar, TheCpuIsTheLastLabel) {
  const auto map = per_cpu_map(number("u32"), number("u64"), 2);
  test::RowBuilder rows(map.shape);
  rows.add_per_cpu(std::uint32_t{7}, std::vector<std::uint64_t>{10, 20});
  rows.add_per_cpu(std::uint32_t{8}, std::vector<std::uint64_t>{0, 40});
  EXPECT_EQ(render(map, rows, "cpu: true, metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{key=\"7\",cpu=\"0\"} 10\n"
            "events_total{key=\"7\",cpu=\"1\"} 20\n"
            "events_total{key=\"8\",cpu=\"0\"} 0\n"
            "events_total{key=\"8\",cpu=\"1\"} 40\n");
  EXPECT_EQ(render(map, rows,
                   "cpu: core, skip_zero: true, labels: {},"
                   " metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{core=\"0\"} 10\n"
            "events_total{core=\"1\"} 60\n");
}

TEST_F(RenderScalar, TheCpuCanBeTheOnlyLabelOfAnArrayOfOneEntry) {
  auto map = per_cpu_map(number("u32"), number("u64"), 2);
  map.shape.type = BPF_MAP_TYPE_PERCPU_ARRAY;
  map.shape.max_entries = 1;
  test::RowBuilder rows(map.shape);
  rows.add_per_cpu(std::uint32_t{0}, std::vector<std::uint64_t>{10, 20});
  EXPECT_EQ(render(map, rows, "cpu: true, metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{cpu=\"0\"} 10\n"
            "events_total{cpu=\"1\"} 20\n");
}

struct Everything {
  std::int8_t s8;
  std::uint8_t u8;
  std::int16_t s16;
  std::int32_t s32;
  std::int64_t s64;
  bool flag;
  char letter;
  float f32;
  double f64;
  std::uint32_t bits;  // low: 3, middle: 7 signed, high: 22
  std::int32_t direction;
};

test::TypePtr everything_type() {
  return structure(
      "struct everything",
      {{"s8", number("s8")},
       {"u8", number("u8")},
       {"s16", number("s16")},
       {"s32", number("s32")},
       {"s64", number("s64")},
       {"flag", number("bool")},
       {"letter", number("char")},
       {"f32", number("f32")},
       {"f64", number("f64")},
       {"low", number("u32"), 3},
       {"middle", number("s32"), 7},
       {"high", number("u32"), 22},
       {"direction", enumeration({{"BACK", static_cast<std::uint64_t>(-1)}, {"FORTH", 1}}, true)}});
}

TEST_F(RenderScalar, ValuesOfEveryKind) {
  const auto map = hash_map(number("u32"), everything_type());
  ASSERT_EQ(map.shape.value_size, sizeof(Everything));
  test::RowBuilder rows(map.shape);
  const std::uint32_t bits = 5U | (0x7fU & static_cast<std::uint32_t>(-9)) << 3U | 4194303U << 10U;
  rows.add(std::uint32_t{1}, Everything{-128, 255, -32768, -2147483647, -9007199254740993, true, -1,
                                        0.5F, -0.1, bits, -1});
  const auto value_of = [&](const std::string& field) {
    const std::string page =
        render(map, rows, "labels: {}, metrics: [ { gauge: depth, value: " + field + " } ]");
    return page.substr(page.find("\ndepth ") + 7);
  };
  EXPECT_EQ(value_of("s8"), "-128\n");
  EXPECT_EQ(value_of("u8"), "255\n");
  EXPECT_EQ(value_of("s16"), "-32768\n");
  EXPECT_EQ(value_of("s32"), "-2147483647\n");
  EXPECT_EQ(value_of("s64"), "-9007199254740993\n");
  EXPECT_EQ(value_of("flag"), "1\n");
  EXPECT_EQ(value_of("letter"), "-1\n");
  EXPECT_EQ(value_of("f32"), "0.5\n");
  EXPECT_EQ(value_of("f64"), "-0.1\n");
  EXPECT_EQ(value_of("low"), "5\n");
  EXPECT_EQ(value_of("middle"), "-9\n");
  EXPECT_EQ(value_of("high"), "4194303\n");
  EXPECT_EQ(value_of("direction"), "-1\n");
  EXPECT_EQ(value_of("{ offset: 2, type: be16 }"), "128\n");
  EXPECT_EQ(value_of("{ offset: 4, type: u32 }"), "2147483649\n");
}

TEST_F(RenderScalar, UnitsAreRatios) {
  const auto map = hash_map(number("u32"), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, std::uint64_t{1200});
  rows.add(std::uint32_t{2}, std::uint64_t{0});
  rows.add(std::uint32_t{3}, std::uint64_t{3000000});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: time_seconds_total, unit: 1us } ]"),
            "# TYPE time_seconds_total counter\n"
            "time_seconds_total{key=\"1\"} 0.0012\n"  // 1200 * 1e-6 would be 0.0011999999999999999
            "time_seconds_total{key=\"2\"} 0\n"
            "time_seconds_total{key=\"3\"} 3\n");
  EXPECT_EQ(render(map, rows, "metrics: [ { gauge: size_bytes, unit: 4KiB } ]"),
            "# TYPE size_bytes gauge\n"
            "size_bytes{key=\"1\"} 4915200\n"
            "size_bytes{key=\"2\"} 0\n"
            "size_bytes{key=\"3\"} 12288000000\n");
}

TEST_F(RenderScalar, ScalesMayBeFractionsAndNegative) {
  const auto map = hash_map(number("u32"), number("s64"));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, std::int64_t{-7});
  EXPECT_EQ(render(map, rows, "metrics: [ { gauge: level_ratio, scale: 0.01 } ]"),
            "# TYPE level_ratio gauge\nlevel_ratio{key=\"1\"} -0.07\n");
  EXPECT_EQ(render(map, rows, "metrics: [ { gauge: level_ratio, scale: -0.5 } ]"),
            "# TYPE level_ratio gauge\nlevel_ratio{key=\"1\"} 3.5\n");
}

TEST_F(RenderScalar, ACounterIsNeverNegative) {
  const auto map = hash_map(key_type(), number("s64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{1, "a"}, std::int64_t{-5});
  rows.add(Key{2, "a"}, std::int64_t{7});
  rows.add(Key{3, "b"}, std::int64_t{-1});
  EXPECT_EQ(render(map, rows, "labels: { pid: }, metrics: [ { counter: c_total } ]"),
            "# TYPE c_total counter\nc_total{pid=\"2\"} 7\n");
  EXPECT_EQ(rendering_.samples, 1U);
  EXPECT_EQ(rendering_.decode_errors, 2U);
  // What keys add up to counts.
  EXPECT_EQ(render(map, rows, "labels: { comm: }, metrics: [ { counter: c_total, scale: 0.5 } ]"),
            "# TYPE c_total counter\nc_total{comm=\"a\"} 1\n");
  EXPECT_EQ(rendering_.decode_errors, 1U);
  EXPECT_EQ(render(map, rows, "labels: { comm: }, metrics: [ { gauge: g } ]"),
            "# TYPE g gauge\ng{comm=\"a\"} 2\ng{comm=\"b\"} -1\n");
  EXPECT_EQ(rendering_.decode_errors, 0U);
}

TEST_F(RenderScalar, SumsOf128BitsWrapThere) {
  __extension__ typedef unsigned __int128 Uint128;
  const auto map = hash_map(number("u32"), number("u128"));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, ~Uint128{0});
  rows.add(std::uint32_t{2}, Uint128{3});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: c_total } ]"),
            "# TYPE c_total counter\n"
            "c_total{key=\"1\"} 340282366920938463463374607431768211455\n"
            "c_total{key=\"2\"} 3\n");
  EXPECT_EQ(render(map, rows, "labels: {}, metrics: [ { counter: c_total } ]"),
            "# TYPE c_total counter\nc_total 2\n");
  EXPECT_EQ(render(map, rows, "labels: {}, metrics: [ { gauge: g, aggregate: max } ]"),
            "# TYPE g gauge\ng 340282366920938463463374607431768211455\n");
  EXPECT_EQ(render(map, rows, "labels: { key: }, metrics: [ { gauge: g, scale: 0.5 } ]"),
            "# TYPE g gauge\ng{key=\"1\"} 1.7014118346046923e+38\ng{key=\"2\"} 1.5\n");
}

TEST_F(RenderScalar, AScaledSumIsScaledOnce) {
  const auto map = per_cpu_map(number("u32"), number("u64"), 3);
  test::RowBuilder rows(map.shape);
  rows.add_per_cpu(std::uint32_t{1}, std::vector<std::uint64_t>{1, 1, 1});
  EXPECT_EQ(render(map, rows, "metrics: [ { gauge: level_ratio, scale: 0.1 } ]"),
            "# TYPE level_ratio gauge\nlevel_ratio{key=\"1\"} 0.3\n");
}

TEST_F(RenderScalar, GaugesCanTakeTheLargestOrTheSmallestOfKeys) {
  const auto map = hash_map(key_type(), number("s64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{1, "a"}, std::int64_t{-5});
  rows.add(Key{2, "a"}, std::int64_t{-7});
  rows.add(Key{3, "b"}, std::int64_t{9});
  EXPECT_EQ(render(map, rows,
                   "labels: { comm: }, metrics: [ { gauge: most, aggregate: max },"
                   " { gauge: least, aggregate: min }, { gauge: all, aggregate: sum } ]"),
            "# TYPE most gauge\nmost{comm=\"a\"} -5\nmost{comm=\"b\"} 9\n"
            "# TYPE least gauge\nleast{comm=\"a\"} -7\nleast{comm=\"b\"} 9\n"
            "# TYPE all gauge\nall{comm=\"a\"} -12\nall{comm=\"b\"} 9\n");
}

TEST_F(RenderScalar, GaugesCanTakeTheLargestOrTheSmallestOfCpus) {
  const auto map = per_cpu_map(number("u32"), number("u64"), 3);
  test::RowBuilder rows(map.shape);
  rows.add_per_cpu(std::uint32_t{1}, std::vector<std::uint64_t>{kLargest, 4, 7});
  rows.add_per_cpu(std::uint32_t{2}, std::vector<std::uint64_t>{3, 9, 1});
  EXPECT_EQ(
      render(map, rows,
             "metrics: [ { gauge: most, aggregate: max }, { gauge: least, aggregate: min } ]"),
      "# TYPE most gauge\nmost{key=\"1\"} 18446744073709551615\nmost{key=\"2\"} 9\n"
      "# TYPE least gauge\nleast{key=\"1\"} 4\nleast{key=\"2\"} 1\n");
  EXPECT_EQ(render(map, rows,
                   "labels: {}, metrics: [ { gauge: most, aggregate: max },"
                   " { gauge: least, aggregate: min } ]"),
            "# TYPE most gauge\nmost 18446744073709551615\n# TYPE least gauge\nleast 1\n");
}

TEST_F(RenderScalar, SeveralMetricsOfAMapAreFamiliesOneAfterTheOther) {
  struct Value {
    std::uint64_t packets;
    std::uint64_t bytes;
  };
  const auto map = hash_map(
      number("u32"), structure("struct v", {{"packets", number("u64")}, {"bytes", number("u64")}}));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, Value{10, 1000});
  rows.add(std::uint32_t{2}, Value{20, 2000});
  EXPECT_EQ(
      render(map, rows,
             "metrics: [ { counter: packets_total, value: packets },"
             " { counter: size_bytes_total, value: bytes } ]"),
      "# TYPE packets_total counter\npackets_total{key=\"1\"} 10\npackets_total{key=\"2\"} 20\n"
      "# TYPE size_bytes_total counter\n"
      "size_bytes_total{key=\"1\"} 1000\nsize_bytes_total{key=\"2\"} 2000\n");
  EXPECT_EQ(rendering_.samples, 4U);
}

TEST_F(RenderScalar, WithoutBtfNumbersAreUnsignedAndBytesAreNamedByHand) {
  struct Packed {
    std::uint32_t pid;
    char comm[4];
    std::uint32_t count;
  };
  const auto simple = without_btf(hash_map(number("u32"), number("u64")));
  test::RowBuilder simple_rows(simple.shape);
  simple_rows.add(std::uint32_t{4294967295}, kLargest);
  EXPECT_EQ(render(simple, simple_rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{key=\"4294967295\"} 18446744073709551615\n");

  const auto map = without_btf(hash_map(text(12), text(12)));
  test::RowBuilder rows(map.shape);
  rows.add(Packed{1, {'a', 'b', 'c', 'd'}, 3}, Packed{4, {}, 6});
  EXPECT_EQ(render(map, rows,
                   "labels: { comm: { offset: 4, size: 4, type: char },"
                   " pid: { offset: 0, type: u32 }, count: { offset: 8, size: 4, type: u16 } },"
                   " metrics: [ { counter: events_total, value: { offset: 8, type: u32 } } ]"),
            "# TYPE events_total counter\n"
            "events_total{comm=\"abcd\",pid=\"1\",count=\"3,0\"} 6\n");
}

TEST_F(RenderScalar, ATypeOfAnotherSizeThanTheRowsIsNotBelieved) {
  auto map = hash_map(number("u32"), number("u64"));
  map.key = structure("struct huge", {{"a", text(4096)}});
  map.value = structure("struct huge", {{"a", text(4096)}});
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{3}, std::uint64_t{4});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\nevents_total{key=\"3\"} 4\n");
}

}  // namespace
}  // namespace bpfmap::decode
