// SPDX-License-Identifier: Apache-2.0
// Times since boot that become times of day.
#include "plan_fixture.h"
#include "support/rendering.h"

namespace bpfmap::decode {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
// The machine was booted at 1000 and has slept for 50 seconds since.
constexpr BootOffsets kOffsets{1000 * std::int64_t{kSecond}, 1050 * std::int64_t{kSecond}, 0};

class RenderTime : public PlanTest {
 protected:
  std::string page(const kernel::MapInfo& map, const test::RowBuilder& rows,
                   const std::string& settings) {
    maps_ = {map};
    names_ = {};
    const ObjectPlan plan = compile("object: test.bpf.o\nmaps: [ { map: m, " + settings + " } ]\n");
    if (failed_ || plan.maps.size() != 1) {
      ADD_FAILURE() << ::testing::PrintToString(messages_);
      return {};
    }
    std::string text =
        test::render(plan.maps.front().samples, rows.rows(), host_, kOffsets).body.to_string();
    return text.substr(text.find('\n', text.find("# TYPE")) + 1);
  }
  static kernel::MapInfo times() { return hash_map(number("u32"), number("u64")); }
};

TEST_F(RenderTime, IsTheUnixTimeOfItsClockInSeconds) {
  test::RowBuilder rows(times().shape);
  rows.add(std::uint32_t{1}, 5 * kSecond + kSecond / 4);
  EXPECT_EQ(page(times(), rows, "metrics: [ { gauge: seen_seconds, clock: boot } ]"),
            "seen_seconds{key=\"1\"} 1005.25\n");
  EXPECT_EQ(
      page(times(), rows, "metrics: [ { gauge: seen_seconds, clock: monotonic, unit: 1ns } ]"),
      "seen_seconds{key=\"1\"} 1055.25\n");
}

TEST_F(RenderTime, LeavesOutWhatHasNeverHappened) {
  test::RowBuilder rows(times().shape);
  rows.add(std::uint32_t{1}, std::uint64_t{0});
  rows.add(std::uint32_t{2}, std::uint64_t{1});
  EXPECT_EQ(page(times(), rows, "metrics: [ { gauge: seen_seconds, clock: boot } ]"),
            "seen_seconds{key=\"2\"} 1000.000000001\n");
}

TEST_F(RenderTime, OfSeveralRowsIsTheLatestOrTheEarliestThatHappened) {
  test::RowBuilder rows(times().shape);
  for (const std::uint32_t key : {1U, 2U, 3U}) rows.add(key, (key - 1) * kSecond);
  EXPECT_EQ(page(times(), rows, "labels: {}, metrics: [ { gauge: t_seconds, clock: boot } ]"),
            "t_seconds 1002\n");
  EXPECT_EQ(page(times(), rows,
                 "labels: {}, metrics: [ { gauge: t_seconds, clock: boot, aggregate: min } ]"),
            "t_seconds 1001\n");
}

TEST_F(RenderTime, OfSeveralCpusIsTheLatestOrTheEarliestThatHappened) {
  const auto map = per_cpu_map(number("u32"), number("u64"), 4);
  test::RowBuilder rows(map.shape);
  rows.add_per_cpu(std::uint32_t{1}, std::vector<std::uint64_t>{0, 7 * kSecond, 3 * kSecond, 0});
  EXPECT_EQ(page(map, rows, "metrics: [ { gauge: t_seconds, clock: boot, aggregate: max } ]"),
            "t_seconds{key=\"1\"} 1007\n");
  EXPECT_EQ(page(map, rows, "metrics: [ { gauge: t_seconds, clock: boot, aggregate: min } ]"),
            "t_seconds{key=\"1\"} 1003\n");
  EXPECT_EQ(page(map, rows, "cpu: true, metrics: [ { gauge: t_seconds, clock: boot } ]"),
            "t_seconds{key=\"1\",cpu=\"1\"} 1007\nt_seconds{key=\"1\",cpu=\"2\"} 1003\n");
}

TEST_F(RenderTime, MayBeLongBeforeTheEpochOrLongAfterBoot) {
  test::RowBuilder rows(times().shape);
  rows.add(std::uint32_t{1}, ~std::uint64_t{0});
  EXPECT_EQ(page(times(), rows, "metrics: [ { gauge: t_seconds, clock: boot } ]"),
            "t_seconds{key=\"1\"} 18446745073.709553\n");
}

TEST_F(RenderTime, NeedsAnIntegerOf64Bits) {
  const auto value = structure("v", {{"ms", number("u32")},
                                     {"at", number("f64")},
                                     {"bits", number("u64"), 40},
                                     {"name", text(8)}});
  maps_ = {hash_map(number("u32"), value)};
  const auto refused = [&](const std::string& field) {
    return check("map: m, metrics: [ { gauge: t_seconds, value: " + field + ", clock: boot } ]");
  };
  const std::string start =
      "clock: times since boot are integers of 64 bits, as BPF programs read them; what "
      "'t_seconds' reads of map 'm' is ";
  EXPECT_THAT(refused("ms"), ElementsAre(HasSubstr(start + "one of 32")));
  EXPECT_THAT(refused("at"), ElementsAre(HasSubstr(start + "a floating point number")));
  EXPECT_THAT(refused("bits"), ElementsAre(HasSubstr(start + "one of 40")));
  EXPECT_THAT(refused("name"), ElementsAre(HasSubstr("not a number")));
}

}  // namespace
}  // namespace bpfmap::decode
