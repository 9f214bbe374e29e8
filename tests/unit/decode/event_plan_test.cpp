// SPDX-License-Identifier: Apache-2.0
#include "decode/event_plan.h"

#include <linux/bpf.h>

#include <cmath>
#include <cstring>

#include "support/rendering.h"
#include "unit/decode/plan_fixture.h"

// What events do to rows, and what the rows become: compiled, added, rendered.
namespace bpfmap::decode {
namespace {

struct Event {
  std::uint32_t op = 0;
  std::int32_t delta = 0;
  std::uint64_t bytes = 0;
  double ratio = 0;
  char comm[8] = {};
  std::uint8_t low : 4 = 0;
  std::uint8_t high : 4 = 0;
};

kernel::TypePtr event_type() {
  return structure("struct event", {{"op", number("u32")},
                                    {"delta", number("s32")},
                                    {"bytes", number("u64")},
                                    {"ratio", number("f64")},
                                    {"comm", text(8)},
                                    {"low", number("u8"), 4},
                                    {"high", number("u8"), 4}});
}

class Events : public PlanTest {
 protected:
  Events() {
    kernel::MapInfo info;
    info.name = "m";
    info.shape.type = BPF_MAP_TYPE_RINGBUF;
    info.value = event_type();
    maps_ = {info};
  }

  const EventPlan& plan(const std::string& settings) {
    names_ = {};
    plan_ = compile("object: test.bpf.o\nmaps: [ { map: m, " + settings + " } ]\n");
    if (failed_) throw std::runtime_error(::testing::PrintToString(messages_));
    return *plan_.maps.at(0).events;
  }

  test::Bytes key_of(const EventPlan& plan, const Event& event) {
    test::Bytes key(plan.event_size(), std::byte{0xee});
    plan.write_key(test::bytes_of(event).data(), key.data());
    return key;
  }

  // The page after these events, each key a row.
  std::string page(const std::string& settings, const std::vector<Event>& events) {
    const EventPlan& events_plan = plan(settings);
    std::vector<std::pair<test::Bytes, test::Bytes>> rows;
    for (const Event& event : events) {
      const test::Bytes key = key_of(events_plan, event);
      auto row =
          std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.first == key; });
      const bool is_first = row == rows.end();
      if (is_first) {
        rows.emplace_back(key, test::Bytes(events_plan.value_size()));
        row = rows.end() - 1;
      }
      // Events lie where they come to lie: at odd addresses, too.
      test::Bytes moved(1);
      const test::Bytes bytes = test::bytes_of(event);
      moved.insert(moved.end(), bytes.begin(), bytes.end());
      events_plan.add(moved.data() + 1, row->second.data(), is_first);
    }
    test::RowBuilder builder(plan_.maps.at(0).info.shape);
    for (const auto& [key, value] : rows) builder.add(key, {value});
    rendering_ = test::render(plan_.maps.at(0).samples, builder.rows(), host_);
    return rendering_.body.to_string();
  }

  ObjectPlan plan_;
};

TEST_F(Events, KeysKeepWhatLabelsReadAndNothingElse) {
  const EventPlan& events = plan("labels: { bytes: , high: }, metrics: [ { counter: a_total } ]");
  Event all;
  std::memset(static_cast<void*>(&all), 0xff, sizeof(all));
  const test::Bytes key = key_of(events, all);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool is_bytes = i >= 8 && i < 16;
    const auto expected = is_bytes ? 0xff : i == 32 ? 0xf0 : 0;
    EXPECT_EQ(std::to_integer<int>(key[i]), expected) << i;
  }
}

TEST_F(Events, KeysWithoutLabelsAreOne) {
  const EventPlan& events =
      plan("labels: { source: { constant: kernel } }, metrics: [ { counter: a_total } ]");
  EXPECT_EQ(key_of(events, {.op = 1, .bytes = 7}), key_of(events, {.op = 2, .comm = "a"}));
}

TEST_F(Events, RubbishBehindTextMakesNoKeys) {
  Event clean{.comm = "ab"};
  Event dirty{.comm = "ab"};
  dirty.comm[5] = 'x';
  Event other{.comm = "ac"};
  for (const char* labels :
       {"comm:", "comm: { decode: string }", "comm: , again: { field: comm }",
        "comm: { decode: { map: { table: { ab: x }, keep_unknown: true } } }"}) {
    const EventPlan& events =
        plan("labels: { " + std::string(labels) + " }, metrics: [ { counter: a_total } ]");
    EXPECT_EQ(key_of(events, clean), key_of(events, dirty)) << labels;
    EXPECT_NE(key_of(events, clean), key_of(events, other)) << labels;
  }
  for (const char* labels : {"comm: { decode: hex }", "comm: , again: { field: comm, decode: hex }",
                             "comm: , fifth: { field: 'comm[5]' }"}) {
    const EventPlan& events =
        plan("labels: { " + std::string(labels) + " }, metrics: [ { counter: a_total } ]");
    EXPECT_NE(key_of(events, clean), key_of(events, dirty)) << labels;
  }
}

// Of a struct that ends with an array programs send as much as is filled.
TEST_F(Events, NeedWhatIsReadOfThem) {
  const auto least = [&](const kernel::TypePtr& type, const std::string& settings) {
    maps_.front().value = type;
    return plan(settings + ", metrics: [ { counter: a_total } ]").least_size();
  };
  EXPECT_EQ(least(event_type(), "labels: { comm: }"), event_type()->size) << "it is not the last";
  const auto run = structure(
      "struct run", {{"process", number("u32")}, {"size", number("u32")}, {"path", text(256)}});
  EXPECT_EQ(least(run, "labels: {}"), 8U);
  EXPECT_EQ(least(run, "labels: { process: }"), 8U);
  EXPECT_EQ(least(run, "labels: { path: }"), 8U) << "text, as far as it goes";
  EXPECT_EQ(least(run, "labels: { path: { decode: hex } }"), 264U);
  EXPECT_EQ(least(run, "labels: { third: { field: 'path[2]' } }"), 11U);
  const auto nested = structure("struct n", {{"id", number("u64")}, {"run", run}});
  EXPECT_EQ(least(nested, "labels: { id: }"), 16U);
  const auto numbers = structure(
      "struct n", {{"id", number("u64")}, {"depths", kernel::array_of(number("u32"), 4)}});
  EXPECT_EQ(least(numbers, "labels: { id: }"), 8U);
  maps_.front().value = numbers;
  EXPECT_EQ(plan("labels: {}, metrics: [ { counter: a_total, value: 'depths[1]' } ]").least_size(),
            16U);
}

TEST_F(Events, AreCountedAndAddedUp) {
  EXPECT_EQ(
      page("labels: { op: }, metrics: [ { counter: a_total }, { counter: b_total, value: bytes },"
           " { counter: c_total, value: low, scale: 0.5 } ]",
           {{.op = 1, .bytes = 10, .low = 3},
            {.op = 2, .bytes = 1},
            {.op = 1, .bytes = 0x7fffffffffffffff, .low = 4}}),
      "# TYPE a_total counter\n"
      "a_total{op=\"1\"} 2\n"
      "a_total{op=\"2\"} 1\n"
      "# TYPE b_total counter\n"
      "b_total{op=\"1\"} 9223372036854775817\n"
      "b_total{op=\"2\"} 1\n"
      "# TYPE c_total counter\n"
      "c_total{op=\"1\"} 3.5\n"
      "c_total{op=\"2\"} 0\n");
}

TEST_F(Events, CountersNeverGoBackwards) {
  EXPECT_EQ(
      page("labels: {}, metrics: [ { counter: a_total, value: delta }, { counter: b_total, "
           "value: ratio } ]",
           {{.delta = 5, .ratio = 0.5}, {.delta = -3, .ratio = -9}, {.delta = 1, .ratio = 1}}),
      "# TYPE a_total counter\na_total 6\n# TYPE b_total counter\nb_total 1.5\n");
}

TEST_F(Events, GaugesAreTheLastOrTheSumOrTheExtremes) {
  const std::string metrics =
      "labels: {}, metrics: [ { gauge: last, value: delta }, { gauge: sum, value: delta, "
      "aggregate: "
      "sum }, { gauge: max, value: delta, aggregate: max }, { gauge: min, value: delta, aggregate: "
      "min }, { gauge: low, value: ratio, aggregate: min } ]";
  EXPECT_EQ(
      page(metrics,
           {{.delta = -7, .ratio = 2}, {.delta = -9, .ratio = 1.5}, {.delta = -8, .ratio = 3}}),
      "# TYPE last gauge\nlast -8\n# TYPE sum gauge\nsum -24\n# TYPE max gauge\nmax -7\n"
      "# TYPE min gauge\nmin -9\n# TYPE low gauge\nlow 1.5\n");
  EXPECT_EQ(page(metrics, {{.delta = 4, .ratio = 8}}),
            "# TYPE last gauge\nlast 4\n# TYPE sum gauge\nsum 4\n# TYPE max gauge\nmax 4\n"
            "# TYPE min gauge\nmin 4\n# TYPE low gauge\nlow 8\n");
}

TEST_F(Events, AreObserved) {
  EXPECT_EQ(page("labels: {}, metrics: [ { histogram: t_seconds, value: bytes, buckets: { scale: "
                 "exp2, max: 2, unit: 1us } } ]",
                 {{.bytes = 0}, {.bytes = 1}, {.bytes = 2}, {.bytes = 4}, {.bytes = 5}}),
            "# TYPE t_seconds histogram\n"
            "t_seconds_bucket{le=\"1e-06\"} 2\n"
            "t_seconds_bucket{le=\"2e-06\"} 3\n"
            "t_seconds_bucket{le=\"4e-06\"} 4\n"
            "t_seconds_bucket{le=\"+Inf\"} 5\n"
            "t_seconds_sum 1.2e-05\n"
            "t_seconds_count 5\n");
}

TEST_F(Events, AreObservedInEveryScale) {
  EXPECT_EQ(
      page("labels: {}, metrics: [ { histogram: e, value: delta, buckets: [-1.5, 2] }, "
           "{ histogram: l, value: ratio, buckets: { scale: linear, step: 0.5, min: 1, max: 2 } }, "
           "{ histogram: z, value: bytes, buckets: { scale: exp2zero, max: 1 } } ]",
           {{.delta = -2, .bytes = 0, .ratio = 0.5},
            {.delta = -1, .bytes = 1, .ratio = 0.75},
            {.delta = 2, .bytes = 2, .ratio = 2.5}}),
      "# TYPE e histogram\n"
      "e_bucket{le=\"-1.5\"} 1\ne_bucket{le=\"2\"} 3\ne_bucket{le=\"+Inf\"} 3\n"
      "e_sum -1\ne_count 3\n"
      "# TYPE l histogram\n"
      "l_bucket{le=\"0.5\"} 1\nl_bucket{le=\"1\"} 2\nl_bucket{le=\"+Inf\"} 3\n"
      "l_sum 3.75\nl_count 3\n"
      "# TYPE z histogram\n"
      "z_bucket{le=\"0\"} 1\nz_bucket{le=\"1\"} 2\nz_bucket{le=\"+Inf\"} 3\n"
      "z_sum 3\nz_count 3\n");
}

TEST_F(Events, WithLabelsThatReadAlikeAreMerged) {
  EXPECT_EQ(
      page("labels: { op: { decode: [number, { map: { table: { 1: one }, default: other } }] } }, "
           "metrics: [ { counter: a_total } ]",
           {{.op = 1}, {.op = 2}, {.op = 3}}),
      "# TYPE a_total counter\na_total{op=\"one\"} 1\na_total{op=\"other\"} 2\n");
}

}  // namespace
}  // namespace bpfmap::decode
