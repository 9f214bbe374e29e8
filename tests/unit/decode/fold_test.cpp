// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "decode/render/histogram_fold.h"
#include "decode/render/scalar_fold.h"
#include "unit/decode/plan_fixture.h"

// What folds hand to a writer that is none of the formats.
namespace bpfmap::decode {
namespace {

using Series = std::vector<std::pair<std::string, std::string>>;  // labels and amounts

// Every series that a writer got has left a byte in the output, unless the fold took it back.
Series left(const Series& recorded, FamilyOutput& out) {
  Series left;
  for (const char number : out.body.finish().to_string()) {
    left.push_back(recorded[static_cast<unsigned char>(number)]);
  }
  return left;
}

std::string text_of(const Amount& amount) {
  std::string text(Amount::kMaxChars, '\0');
  text.resize(static_cast<std::size_t>(amount.write(text.data(), {}) - text.data()));
  return text;
}

class RecordingWriter {
 public:
  RecordingWriter(Series& recorded, FamilyOutput& out) : recorded_(&recorded), out_(&out) {}

  template <typename WriteLabels>
  void write(const WriteLabels& write_labels, const Amount& amount) {
    std::array<char, 256> labels;
    const char* end = write_labels(labels.data());
    if (end == nullptr) return;
    write(std::string_view(labels.data(), end), amount);
  }
  void write(std::string_view labels, const Amount& amount) {
    record(std::string(labels), text_of(amount));
  }
  void write(std::string_view labels, std::span<const exposition::Int128> counts,
             const Amount& sum) {
    std::string text;
    for (const exposition::Int128 count : counts) {
      text += std::to_string(static_cast<std::int64_t>(count)) + " ";
    }
    record(std::string(labels), text + "sum " + text_of(sum));
  }

 private:
  void record(std::string labels, std::string amount) {
    char* out = out_->body.reserve(1);
    *out = static_cast<char>(recorded_->size());
    out_->body.commit(out + 1);
    ++out_->samples;
    recorded_->emplace_back(std::move(labels), std::move(amount));
  }

  Series* recorded_;
  FamilyOutput* out_;
};

struct Padded {
  std::uint8_t op;
  std::uint8_t padding[3];
  std::uint32_t pid = 7;
};

class FoldTest : public PlanTest {
 protected:
  template <typename Kind>
  const Kind& family(const kernel::MapInfo& map, const std::string& metric) {
    maps_ = {map};
    plan_ = compile("object: test.bpf.o\nmaps: [ { map: m, metrics: [ { " + metric + " } ] } ]\n");
    EXPECT_FALSE(failed_) << ::testing::PrintToString(messages_);
    return std::get<Kind>(plan_.maps.front().samples.families().front());
  }

  static kernel::MapInfo padded_map() {
    return hash_map(structure("struct key", {{"op", number("u8")}, {"pid", number("u32")}}),
                    number("u64"));
  }

  ObjectPlan plan_;
  Series recorded_;
  FamilyOutput out_{""};
  DecodeState state_{host_};
};

TEST_F(FoldTest, RowsThatAreSeriesAreHandedOverAtOnce) {
  const kernel::MapInfo map = padded_map();
  const auto& counter = family<ScalarFamily>(map, "counter: events_total");
  test::RowBuilder rows(map.shape);
  rows.add(Padded{1, {}}, std::uint64_t{10});
  rows.add(Padded{2, {}}, std::uint64_t{20});
  ScalarFold fold(counter, {}, RecordingWriter(recorded_, out_), out_);
  fold.add(rows.rows()[0], state_);
  EXPECT_EQ(recorded_, (Series{{"op=\"1\",pid=\"7\"", "10"}, {"op=\"2\",pid=\"7\"", "20"}}));
  EXPECT_TRUE(fold.end_rows());
  EXPECT_FALSE(fold.write_more());
  EXPECT_EQ(left(recorded_, out_).size(), 2U) << "they came once";
}

TEST_F(FoldTest, RowsOfOneSeriesAreAddedUpAndWhatWasHandedOverIsTakenBack) {
  const kernel::MapInfo map = padded_map();
  const auto& counter = family<ScalarFamily>(map, "counter: events_total");
  test::RowBuilder first(map.shape);
  first.add(Padded{1, {}}, std::uint64_t{10});
  test::RowBuilder second(map.shape);
  second.add(Padded{1, {9, 9, 9}}, std::uint64_t{5});
  second.add(Padded{2, {}}, std::uint64_t{7});
  ScalarFold fold(counter, {}, RecordingWriter(recorded_, out_), out_);
  fold.add(first.rows()[0], state_);
  ASSERT_EQ(recorded_.size(), 1U);
  fold.add(second.rows()[0], state_);
  EXPECT_TRUE(fold.end_rows());
  EXPECT_FALSE(fold.write_more());
  EXPECT_EQ(left(recorded_, out_),
            (Series{{"op=\"1\",pid=\"7\"", "15"}, {"op=\"2\",pid=\"7\"", "7"}}));
  EXPECT_EQ(out_.samples, 2U);
}

TEST_F(FoldTest, WhatWasTakenAwayCannotBeAddedTo) {
  const kernel::MapInfo map = padded_map();
  const auto& counter = family<ScalarFamily>(map, "counter: events_total");
  test::RowBuilder first(map.shape);
  first.add(Padded{1, {}}, std::uint64_t{10});
  for (const std::uint8_t op : {std::uint8_t{1}, std::uint8_t{2}}) {
    FamilyOutput out("");
    ScalarFold fold(counter, {}, RecordingWriter(recorded_, out), out);
    fold.add(first.rows()[0], state_);
    fold.note_taken();
    test::RowBuilder second(map.shape);
    second.add(Padded{op, {9, 9, 9}}, std::uint64_t{5});
    fold.add(second.rows()[0], state_);
    EXPECT_EQ(fold.end_rows(), op == 2) << "only the row of the same series is too late";
  }
}

TEST_F(FoldTest, AHistogramHandsOverTheBucketsOfEachSeries) {
  const kernel::MapInfo map = hash_map(
      number("u32"),
      structure("struct value", {{"slots", array(number("u64"), 3)}, {"total", number("u64")}}));
  const auto& histogram = family<HistogramFamily>(
      map, "histogram: sizes, value: slots, buckets: { scale: exp2, sum: total }");
  struct Value {
    std::uint64_t slots[3];
    std::uint64_t total;
  };
  test::RowBuilder rows(map.shape);
  rows.add(std::uint32_t{7}, Value{{1, 2, 3}, 40});
  rows.add(std::uint32_t{7}, Value{{1, 0, 0}, 2});
  rows.add(std::uint32_t{8}, Value{{0, 5, 0}, 9});
  HistogramFold fold(histogram, {}, RecordingWriter(recorded_, out_), out_);
  for (const kernel::RowBlock& block : rows.rows()) fold.add(block, state_);
  EXPECT_TRUE(recorded_.empty()) << "a row may still come";
  EXPECT_TRUE(fold.end_rows());
  EXPECT_FALSE(fold.write_more());
  EXPECT_EQ(recorded_, (Series{{"key=\"7\"", "2 2 3 sum 42"}, {"key=\"8\"", "0 5 0 sum 9"}}));
}

}  // namespace
}  // namespace bpfmap::decode
