// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <set>
#include <sstream>
#include <string_view>

#include "unit/decode/plan_fixture.h"

// Rows whose labels are equal become one sample, and rows whose labels differ never do.
namespace bpfmap::decode {
namespace {

class RenderMerge : public PlanTest {};

struct Padded {
  std::uint8_t op;
  std::uint8_t padding[3];
  std::uint32_t pid;
};

test::TypePtr padded_type() {
  return structure("struct key", {{"op", number("u8")}, {"pid", number("u32")}});
}

TEST_F(RenderMerge, GarbageInPaddingDoesNotMakeSeries) {
  const auto map = hash_map(padded_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Padded{1, {0, 0, 0}, 7}, std::uint64_t{1});
  rows.add(Padded{2, {0, 0, 0}, 7}, std::uint64_t{10});
  rows.add(Padded{1, {0, 0, 9}, 7}, std::uint64_t{100});
  rows.add(Padded{1, {8, 0, 9}, 7}, std::uint64_t{1000});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{op=\"1\",pid=\"7\"} 1101\n"
            "events_total{op=\"2\",pid=\"7\"} 10\n");
  EXPECT_EQ(rendering_.samples, 2U);
}

TEST_F(RenderMerge, PaddingThatIsTheSameEverywhereIsNoReasonToMerge) {
  const auto map = hash_map(padded_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  for (std::uint8_t op = 0; op < 5; ++op) {
    rows.add(Padded{op, {0xde, 0xad, 0xbe}, 7}, std::uint64_t{op});
  }
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{op=\"0\",pid=\"7\"} 0\n"
            "events_total{op=\"1\",pid=\"7\"} 1\n"
            "events_total{op=\"2\",pid=\"7\"} 2\n"
            "events_total{op=\"3\",pid=\"7\"} 3\n"
            "events_total{op=\"4\",pid=\"7\"} 4\n");
}

TEST_F(RenderMerge, BitsOfABitfieldWithoutANameArePadding) {
  const auto map =
      hash_map(structure("struct key", {{"low", number("u32"), 3}, {"high", number("u32"), 4}}),
               number("u64"));
  ASSERT_EQ(map.shape.key_size, 4U);
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{0x00000015}, std::uint64_t{1});
  rows.add(std::uint32_t{0xffffff95}, std::uint64_t{2});
  rows.add(std::uint32_t{0x0000001d}, std::uint64_t{4});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{low=\"5\",high=\"2\"} 3\n"
            "events_total{low=\"5\",high=\"3\"} 4\n");
}

TEST_F(RenderMerge, FieldsThatAreNotListedAreSummedAway) {
  const auto map = hash_map(padded_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Padded{1, {}, 7}, std::uint64_t{1});
  rows.add(Padded{1, {}, 8}, std::uint64_t{2});
  rows.add(Padded{2, {}, 8}, std::uint64_t{4});
  EXPECT_EQ(render(map, rows, "labels: { op: }, metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\nevents_total{op=\"1\"} 3\nevents_total{op=\"2\"} 4\n");
  EXPECT_THAT(messages_, ElementsAre("notice 2:16 key of map 'm': 'pid' is summed away"));
}

TEST_F(RenderMerge, DecodersThatMakeDifferentValuesEqualMerge) {
  const auto map = hash_map(number("u32"), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, std::uint64_t{1});
  rows.add(std::uint32_t{2}, std::uint64_t{10});
  rows.add(std::uint32_t{3}, std::uint64_t{100});
  EXPECT_EQ(render(map, rows,
                   "labels: { op: { field: key, decode: { map: { table: { 1: read, 3: read },"
                   " default: other } } } }, metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{op=\"read\"} 101\nevents_total{op=\"other\"} 10\n");
}

TEST_F(RenderMerge, SeriesThatADecoderDropsAreInNoOther) {
  const auto map = hash_map(number("u32"), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, std::uint64_t{1});
  rows.add(std::uint32_t{2}, std::uint64_t{10});
  rows.add(std::uint32_t{13}, std::uint64_t{100});
  const auto with_pattern = [&](const std::string& pattern) {
    return render(map, rows,
                  "labels: { op: { field: key, decode: { regexp: '" + pattern +
                      "' } } }, metrics: [ { counter: events_total } ]");
  };
  EXPECT_EQ(with_pattern("^1"),
            "# TYPE events_total counter\n"
            "events_total{op=\"1\"} 1\nevents_total{op=\"13\"} 100\n");
  EXPECT_EQ(rendering_.samples, 2U);
  EXPECT_EQ(with_pattern("^(1)"), "# TYPE events_total counter\nevents_total{op=\"1\"} 101\n");
  EXPECT_EQ(rendering_.samples, 1U);
}

TEST_F(RenderMerge, HistogramsThatADecoderDropsAreLeftOutWhole) {
  const auto map = hash_map(
      structure("struct key", {{"op", number("u32")}, {"slot", number("u32")}}), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(std::array<std::uint32_t, 2>{1, 0}, std::uint64_t{3});
  rows.add(std::array<std::uint32_t, 2>{2, 0}, std::uint64_t{40});
  EXPECT_EQ(render(map, rows,
                   "labels: { op: { decode: { regexp: '1' } } }, metrics: [ { histogram: h, "
                   "bucket: slot, buckets: { scale: linear, max: 0 } } ]"),
            "# TYPE h histogram\nh_bucket{op=\"1\",le=\"0\"} 3\n"
            "h_bucket{op=\"1\",le=\"+Inf\"} 3\nh_count{op=\"1\"} 3\n");
}

TEST_F(RenderMerge, OneFieldCanBeTwoLabels) {
  const auto map = hash_map(number("u32"), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{1}, std::uint64_t{1});
  rows.add(std::uint32_t{2}, std::uint64_t{10});
  EXPECT_EQ(render(map, rows,
                   "labels: { id: { field: key }, hex: { field: key, decode: hex } },"
                   " metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{id=\"1\",hex=\"0x1\"} 1\nevents_total{id=\"2\",hex=\"0x2\"} 10\n");
}

using Comm = std::array<char, 8>;

Comm comm(std::string_view bytes) {
  Comm name{};
  bytes.copy(name.data(), name.size());
  return name;
}

struct TwoNames {
  Comm first;
  Comm second;
};

test::TypePtr names_type() { return structure("struct key", {{"a", text(8)}, {"b", text(8)}}); }

using namespace std::string_view_literals;

TEST_F(RenderMerge, GarbageBehindTheNulOfATextDoesNotMakeSeries) {
  const auto map = hash_map(text(8), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(comm("ls\0xyz"sv), std::uint64_t{1});
  rows.add(comm("cat"), std::uint64_t{10});
  rows.add(comm("ls"), std::uint64_t{100});
  rows.add(comm("\0\0\0garb"sv), std::uint64_t{1000});
  rows.add(comm(""), std::uint64_t{10000});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{key=\"ls\"} 101\n"
            "events_total{key=\"cat\"} 10\n"
            "events_total{key=\"\"} 11000\n");
}

TEST_F(RenderMerge, InvalidUtf8ThatBecomesEqualIsMerged) {
  const auto map = hash_map(text(8), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(comm("x\xff"), std::uint64_t{1});
  rows.add(comm("x\xfe"), std::uint64_t{10});
  rows.add(comm("x\xEF\xBF\xBD"), std::uint64_t{100});  // U+FFFD itself
  rows.add(comm("\xC3\xA4"), std::uint64_t{1000});
  rows.add(comm("\xC3"), std::uint64_t{10000});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{key=\"x\xEF\xBF\xBD\"} 111\n"
            "events_total{key=\"\xC3\xA4\"} 1000\n"
            "events_total{key=\"\xEF\xBF\xBD\"} 10000\n");
}

// Tuples that look alike once they are joined by this or that separator, or where escaping is
// forgotten. The same rows on both ways: with one row that is lossy, everything is merged.
TEST_F(RenderMerge, DifferentTuplesAreNeverMerged) {
  const std::vector<std::pair<std::string_view, std::string_view>> tuples = {
      {"a|b", "c"},
      {"a", "b|c"},
      {"a,b", "c"},
      {"a", "b,c"},
      {"a b", "c"},
      {"a", "b c"},
      {"a\n", "b"},
      {"a", "\nb"},
      {"a\\n", "b"},
      {"a\"", "b"},
      {"a", "\"b"},
      {"a\\\"", "b"},
      {"a\\", "\"b"},
      {"a\\\\", "b"},
      {"a\\", "b"},
      {"a\",b=", "c"},
      {"a", ",b=\"c"},
      {"\xff", "b"},
      {"", "ab"},
      {"ab", ""},
      {"a\x1f", "b"},
      {"a",
       "\x1f"
       "b"},
      {"a\t", "b"},
      {"a\x01", "b"},
      {"A", "b"},
  };
  const auto map = hash_map(names_type(), number("u64"));
  for (const bool with_lossy_row : {true, false}) {
    test::RowBuilder rows(map.shape);
    std::size_t count = 0;
    for (const auto& [a, b] : tuples) {
      if (!with_lossy_row && a == "\xff") continue;
      rows.add(TwoNames{comm(a), comm(b)}, std::uint64_t{1});
      ++count;
    }
    const std::string page = render(map, rows, "metrics: [ { counter: events_total } ]");
    EXPECT_EQ(rendering_.samples, count);
    std::set<std::string> lines;
    std::istringstream stream(page);
    for (std::string line; std::getline(stream, line);) {
      EXPECT_TRUE(lines.insert(line).second) << "twice: " << line;
      EXPECT_TRUE(line.front() == '#' || line.ends_with("} 1")) << "merged: " << line;
    }
    EXPECT_EQ(lines.size(), count + 1) << page;  // and the header
  }
}

TEST_F(RenderMerge, QuotesAndBackslashesAreWrittenEscaped) {
  const auto map = hash_map(names_type(), number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(TwoNames{comm("a\"b"), comm("c\\d")}, std::uint64_t{1});
  rows.add(TwoNames{comm("a\nb"), comm("")}, std::uint64_t{2});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\n"
            "events_total{a=\"a\\\"b\",b=\"c\\\\d\"} 1\n"
            "events_total{a=\"a\\nb\",b=\"\"} 2\n");
}

// More than a chunk of the body was written when the first lossy row comes: all of it is dropped.
TEST_F(RenderMerge, ALossyRowBehindMoreThanAChunkOfTextStartsOver) {
  constexpr std::uint32_t kRows = 40000;
  struct Key {
    std::uint32_t id;
    Comm name;
  };
  const auto map =
      hash_map(structure("struct key", {{"id", number("u32")}, {"name", text(8)}}), number("u64"));
  test::RowBuilder rows(map.shape);
  for (std::uint32_t id = 0; id < kRows; ++id) rows.add(Key{id, comm("name")}, std::uint64_t{id});
  rows.add(Key{5, comm("name\0xx"sv)}, std::uint64_t{1000000});

  const auto family = [](const std::string& name) {
    std::string lines = "# TYPE " + name + " gauge\n";
    for (std::uint32_t id = 0; id < kRows; ++id) {
      const std::string value = id == 5 ? "1000005" : std::to_string(id);
      lines += name + "{id=\"" + std::to_string(id) + "\",name=\"name\"} " + value + "\n";
    }
    return lines;
  };
  ASSERT_GT(family("first").size(), exposition::BodyWriter::kDefaultChunkBytes);
  EXPECT_TRUE(render(map, rows, "metrics: [ { gauge: first }, { gauge: second } ]") ==
              family("first") + family("second"));  // a difference is too long to be shown
  EXPECT_EQ(rendering_.samples, 2 * kRows);
}

TEST_F(RenderMerge, StartingOverCountsDecodeErrorsOnce) {
  struct Key {
    std::uint64_t device;
    Comm name;
  };
  const auto map = hash_map(structure("struct key", {{"device", number("u64")}, {"name", text(8)}}),
                            number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{std::uint64_t{1} << 40U, comm("x")}, std::uint64_t{1});
  rows.add(Key{1, comm("x")}, std::uint64_t{2});
  const std::string settings =
      "labels: { device: { decode: { majorminor: { encoding: kernel } } }, name: }, metrics: [ { "
      "counter: events_total } ]";
  const std::string straight = render(map, rows, settings);
  EXPECT_EQ(rendering_.decode_errors, 1U);
  rows.add(Key{1, comm("x\0y"sv)}, std::uint64_t{4});
  EXPECT_EQ(render(map, rows, settings),
            "# TYPE events_total counter\n"
            "events_total{device=\"1099511627776\",name=\"x\"} 1\n"
            "events_total{device=\"0:1\",name=\"x\"} 6\n");
  EXPECT_EQ(rendering_.decode_errors, 1U);
  EXPECT_NE(straight, "");
}

// The block that turns out to be lossy was begun already, with an error in it; the one before it
// was written to its end.
TEST_F(RenderMerge, ErrorsOfABlockThatIsWrittenAnewCountOnce) {
  struct Key {
    std::uint64_t device;
    Comm name;
  };
  constexpr std::uint64_t kNoDevice = std::uint64_t{1} << 40U;
  const auto map = hash_map(structure("struct key", {{"device", number("u64")}, {"name", text(8)}}),
                            number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{kNoDevice, comm("a")}, std::uint64_t{1});
  rows.add(Key{1, comm("b")}, std::uint64_t{1});
  rows.add(Key{kNoDevice, comm("c")}, std::uint64_t{1});
  rows.add(Key{kNoDevice, comm("b\0y"sv)}, std::uint64_t{1});
  rows.add(Key{kNoDevice, comm("d")}, std::uint64_t{1});
  const std::string labels =
      "labels: { device: { decode: { majorminor: { encoding: kernel } } }, name: }, ";
  render(map, rows, labels + "metrics: [ { counter: a_total } ]");
  EXPECT_EQ(rendering_.samples, 5U);
  EXPECT_EQ(rendering_.decode_errors, 4U);
  render(map, rows, labels + "metrics: [ { counter: a_total }, { counter: b_total } ]");
  EXPECT_EQ(rendering_.decode_errors, 8U) << "each family has its own";
}

// A union is data in all its bytes, however short the member that is a label.
TEST_F(RenderMerge, TheBytesOfAUnionThatNoLabelShowsAreSummedAway) {
  struct Key {
    std::uint32_t v4;
    std::uint32_t rest;
  };
  const auto map = hash_map(
      structure("struct key", {{"addr", union_of("union a", {{"v4", number("u32")},
                                                             {"v6", array(number("u32"), 2)}})}}),
      number("u64"));
  test::RowBuilder rows(map.shape);
  rows.add(Key{1, 0}, std::uint64_t{1});
  rows.add(Key{1, 7}, std::uint64_t{2});
  EXPECT_EQ(render(map, rows,
                   "labels: { v4: { field: addr.v4 } }, metrics: [ { counter: events_total } ]"),
            "# TYPE events_total counter\nevents_total{v4=\"1\"} 3\n");
}

}  // namespace
}  // namespace bpfmap::decode
