// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/compile_events.h"

#include <linux/bpf.h>
#include <unistd.h>

#include "unit/decode/plan_fixture.h"

// Configurations of maps that carry events, against structs by hand.
namespace bpfmap::decode {
namespace {

kernel::TypePtr request() {
  return structure("struct request",
                   {{"op", enumeration({{"READ", 0}, {"WRITE", 1}})},
                    {"status", number("s32")},
                    {"bytes", number("u64")},
                    {"comm", text(8)},
                    {"slots", array(number("u32"), 4)},
                    {"peer", structure("struct peer", {{"port", number("be16")}})}});
}

kernel::MapInfo stream(std::uint32_t type, std::string name = "events") {
  kernel::MapInfo info;
  info.name = std::move(name);
  info.shape.type = type;
  return info;
}

class CompileEvents : public PlanTest {
 protected:
  CompileEvents() {
    maps_ = {stream(BPF_MAP_TYPE_RINGBUF), stream(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "perf"),
             hash_map(number("u32"), number("u64"), "counts")};
    structs_ = [](const std::string& name) -> Result<kernel::TypePtr> {
      if (name == "request") return request();
      if (name == "nothing") return structure("struct nothing", {});
      return unexpected(Error{.kind = ErrorKind::kConfiguration,
                              .operation = "no struct '" + name + "' in the BTF of test.bpf.o"});
    };
  }

  // Of an entry for the ring buffer with a struct and a label, and these metrics.
  const std::vector<std::string>& check_metrics(const std::string& metrics) {
    return check("map: events, event: request, labels: { op: }, metrics: [ " + metrics + " ]");
  }
};

// A decoder may read a second field, which the rows have to keep then.
TEST_F(CompileEvents, KeepsTheFieldsThatDecodersReadBesideTheirOwn) {
  const ObjectPlan plan = compile(
      "object: test.bpf.o\n"
      "maps:\n"
      "  - map: events\n"
      "    event: request\n"
      "    labels: { function: { field: bytes, decode: { usym: { pid: status } } } }\n"
      "    metrics: [ { counter: requests_total } ]\n");
  ASSERT_EQ(plan.maps.size(), 1U) << ::testing::PrintToString(messages_);
  const kernel::TypePtr type = request();
  const std::vector<std::byte> event(type->size, std::byte{0xff});
  std::vector<std::byte> key(event.size());
  plan.maps[0].events->write_key(event.data(), key.data());
  std::string kept;
  for (const kernel::Member& member : type->members) {
    const bool is_kept = key[member.bit_offset / 8] != std::byte{0};
    if (is_kept) kept += member.name + " ";
  }
  EXPECT_EQ("status bytes ", kept);
}

TEST_F(CompileEvents, MakesATableOfTheMap) {
  const ObjectPlan plan = compile(
      "object: test.bpf.o\n"
      "maps:\n"
      "  - map: events\n"
      "    event: request\n"
      "    interval: 3s\n"
      "    labels: { op: , port: { field: peer.port } }\n"
      "    metrics: [ { counter: requests_total } ]\n"
      "  - map: perf\n"
      "    event: request\n"
      "    buffer: 1MiB\n"
      "    max_series: 7\n"
      "    labels: {}\n"
      "    metrics: [ { counter: perf_total }, { counter: bytes_total, value: bytes } ]\n");
  EXPECT_THAT(messages_, IsEmpty()) << "fields that no label reads are no news";
  ASSERT_EQ(plan.maps.size(), 2U);
  EXPECT_EQ(plan.maps[0].info.name, "events");
  EXPECT_EQ(plan.maps[0].info.shape.type, BPF_MAP_TYPE_RINGBUF);
  EXPECT_EQ(plan.maps[0].info.shape.key_size, request()->size);
  EXPECT_EQ(plan.maps[0].info.shape.value_size, 8U);
  EXPECT_EQ(plan.maps[0].info.shape.max_entries, 10'000U);
  EXPECT_EQ(plan.maps[0].interval, std::chrono::seconds(3));
  ASSERT_TRUE(plan.maps[0].events);
  EXPECT_EQ(plan.maps[0].events->event_size(), request()->size);
  EXPECT_EQ(plan.maps[0].events->value_size(), 8U);
  ASSERT_TRUE(plan.maps[1].events);
  EXPECT_EQ(plan.maps[1].info.shape.max_entries, 7U);
  EXPECT_EQ(plan.maps[1].info.shape.value_size, 16U);
  EXPECT_EQ(plan.maps[1].events->buffer_bytes(), 1U << 20U);
}

TEST_F(CompileEvents, TheStructMayBeTheMapsValue) {
  maps_[0].value = request();
  const ObjectPlan plan = compile(
      "object: test.bpf.o\n"
      "maps: [ { map: events, labels: { op: }, metrics: [ { counter: a_total } ] } ]\n");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(plan.maps.size(), 1U);
  EXPECT_TRUE(plan.maps[0].events);
}

TEST_F(CompileEvents, OtherMapsHaveNone) {
  const ObjectPlan plan = compile(
      "object: test.bpf.o\nmaps: [ { map: counts, metrics: [ { counter: counts_total } ] } ]\n");
  ASSERT_EQ(plan.maps.size(), 1U);
  EXPECT_FALSE(plan.maps[0].events);
}

TEST_F(CompileEvents, NeedAStruct) {
  own_structs_ = {"request", "reply"};
  EXPECT_THAT(check("map: events, labels: {}, metrics: [ { counter: a_total } ]"),
              ElementsAre("error 2:16 map 'events' is a ringbuf: say which struct its events are "
                          "with 'event:' (one of: request, reply), or with 'event: { size: N }' "
                          "how many bytes they have"));
  EXPECT_THAT(check("map: events, event: requst, labels: {}, metrics: [ { counter: a_total } ]"),
              ElementsAre("error 2:31 no struct 'requst' in the BTF of test.bpf.o"));
  EXPECT_THAT(check("map: events, event: nothing, labels: {}, metrics: [ { counter: a_total } ]"),
              ElementsAre("error 2:31 the events of map 'events' (struct nothing) hold nothing"));
  structs_ = nullptr;
  EXPECT_THAT(check("map: events, event: request, labels: {}, metrics: [ { counter: a_total } ]"),
              ElementsAre("error 2:31 no struct 'request': there is no BTF"));
  own_structs_.clear();
  maps_[1].value = number("u32");  // the usual declaration of a perf event array
  EXPECT_THAT(check("map: perf, labels: {}, metrics: [ { counter: a_total } ]"),
              ElementsAre("error 2:16 map 'perf' is a perf_event_array: say how many bytes its "
                          "events have with 'event: { size: N }': no struct in the object's BTF is "
                          "its own"));
}

TEST_F(CompileEvents, NeedLabelsOfFieldsThatExist) {
  EXPECT_THAT(check("map: events, event: request, metrics: [ { counter: a_total } ]"),
              ElementsAre("error 2:16 map 'events' is a ringbuf: say which fields of its events "
                          "become labels with 'labels:' ({} for none)"));
  EXPECT_THAT(
      check("map: events, event: request, labels: { opp: }, metrics: [ { counter: a_total } ]"),
      ElementsAre(StartsWith("error 2:50 event of map 'events': unknown field 'opp'")));
  EXPECT_THAT(check("map: events, event: request, labels: { a: { offset: 62, type: u32 } }, "
                    "metrics: [ { counter: a_total } ]"),
              ElementsAre("error 2:53 bytes 62 to 65 lie beyond the 48 bytes of the event of map "
                          "'events'"));
  EXPECT_THAT(check("map: events, event: request, labels: { op: { decode: ipv6 } }, metrics: [ { "
                    "counter: a_total } ]"),
              ElementsAre(HasSubstr("ipv6")));
}

TEST_F(CompileEvents, RefuseWhatWalksHave) {
  EXPECT_THAT(check("map: events, event: request, reader: batch, labels: {}, metrics: [ { counter: "
                    "a_total } ]"),
              ElementsAre("error 2:48 map 'events' is a ringbuf: its events are taken out as they "
                          "come; leave 'reader' out"));
  EXPECT_THAT(check("map: events, event: request, cpu: true, labels: {}, metrics: [ { counter: "
                    "a_total } ]"),
              testing::Contains("error 2:45 map 'events' is a ringbuf: it has no cpu to label; put "
                                "the CPU into the event"));
  EXPECT_THAT(check("map: events, event: request, key: 0, labels: {}, metrics: [ { counter: "
                    "a_total } ]"),
              ElementsAre("error 2:45 map 'events' is a ringbuf, which has no 'key'"));
  EXPECT_THAT(check("map: events, event: request, reader: auto, cpu: false, labels: {}, metrics: [ "
                    "{ counter: a_total } ]"),
              IsEmpty());
}

TEST_F(CompileEvents, BuffersAreOfPerfEventArrays) {
  const std::string page = std::to_string(::sysconf(_SC_PAGESIZE));
  EXPECT_THAT(check("map: events, event: request, buffer: 1MiB, labels: {}, metrics: [ { counter: "
                    "a_total } ]"),
              ElementsAre("error 2:48 map 'events' is a ringbuf, whose size is its max_entries; "
                          "leave 'buffer' out"));
  for (const char* size : {"3MiB", "1KiB", "2GiB"}) {
    EXPECT_THAT(check("map: perf, event: request, buffer: " + std::string(size) +
                      ", labels: {}, metrics: [ { counter: a_total } ]"),
                ElementsAre(StartsWith("error 2:46 buffer: expected a power of two pages of " +
                                       page + " bytes and at most 1GiB, found ")));
  }
}

TEST_F(CompileEvents, OtherMapsTakeNoneOfTheirKeys) {
  EXPECT_THAT(check("map: counts, event: request, buffer: 1MiB, metrics: [ { counter: a_total "
                    "} ]"),
              ElementsAre("error 2:31 map 'counts' is a hash: 'event' is for maps that carry "
                          "events (ringbuf, perf_event_array)",
                          "error 2:48 map 'counts' is a hash: 'buffer' is for maps that carry "
                          "events (ringbuf, perf_event_array)"));
}

// Nothing is kept of rows that are never read again.
TEST_F(CompileEvents, HaveNeitherModesNorLimits) {
  EXPECT_THAT(
      check("map: events, event: request, mode: accumulate, top: { n: 1 }, expire_after: 1m,"
            " labels: { op: { drop: x } }, metrics: [ { counter: a_total } ]"),
      ElementsAre(HasSubstr("has no 'mode'"), HasSubstr("has no 'top'"),
                  HasSubstr("has no 'expire_after'"), HasSubstr("has no 'drop'")));
}

TEST_F(CompileEvents, CountersAddNumbers) {
  EXPECT_THAT(check_metrics("{ counter: a_total, value: comm }"),
              ElementsAre("error 2:95 'comm' of map 'events' is char[8], not a number; name one "
                          "element, such as 'comm[0]'"));
  EXPECT_THAT(check_metrics("{ counter: a_total, value: byts }"),
              ElementsAre(StartsWith("error 2:95 event of map 'events': unknown field 'byts'")));
  EXPECT_THAT(check_metrics("{ counter: a_total, value: 'slots[2]' }, "
                            "{ counter: b_total, value: peer.port }, "
                            "{ counter: c_total, value: { offset: 8, type: u32 } }"),
              IsEmpty());
}

TEST_F(CompileEvents, GaugesNeedAField) {
  EXPECT_THAT(check_metrics("{ gauge: a }"),
              ElementsAre("error 2:77 'a': a gauge of events needs 'value', a field of struct "
                          "request"));
  EXPECT_THAT(
      check_metrics("{ gauge: a, value: bytes }, { gauge: b, value: bytes, aggregate: max }"),
      IsEmpty());
}

TEST_F(CompileEvents, HistogramsObserveOneNumber) {
  EXPECT_THAT(check_metrics("{ histogram: a, buckets: [1] }"),
              ElementsAre("error 2:81 'a': a histogram of events needs 'value', the field that is "
                          "observed"));
  EXPECT_THAT(
      check_metrics("{ histogram: a, value: slots, buckets: [1] }"),
      ElementsAre(StartsWith("error 2:91 'slots' of map 'events' is u32[4], not a number")));
  EXPECT_THAT(check_metrics("{ histogram: a, bucket: op, value: bytes, buckets: [1] }"),
              ElementsAre("error 2:92 'a': events have no 'bucket': name the field that is "
                          "observed with 'value'"));
  EXPECT_THAT(check_metrics("{ histogram: a, value: bytes, buckets: { max: 3, sum: bytes } }"),
              ElementsAre("error 2:122 'a': the sum of events is kept by itself; leave 'sum' out"));
  EXPECT_THAT(check_metrics("{ histogram: a, value: bytes, buckets: { max: 3, sum: { key: 4 } } }"),
              ElementsAre("error 2:129 'a': the sum of events is kept by itself; leave 'sum' out"));
  EXPECT_THAT(check_metrics("{ histogram: a, value: bytes, buckets: { scale: exp2 } }"),
              ElementsAre("error 2:107 'a': buckets need a 'max', the slot of the last finite "
                          "bucket"));
}

TEST_F(CompileEvents, BucketsAreBounded) {
  EXPECT_THAT(
      check_metrics("{ histogram: a, value: bytes, buckets: { scale: linear, max: 1000 } }"),
      ElementsAre("error 2:107 'a': expected 1 to 1000 buckets, found 1001"));
  EXPECT_THAT(check_metrics("{ histogram: a, value: bytes, buckets: { scale: linear, max: -1 } }"),
              ElementsAre("error 2:107 'a': expected 1 to 1000 buckets, found 0"));
  EXPECT_THAT(check_metrics("{ histogram: a, value: bytes, buckets: { min: 1500, max: 1501 } }"),
              ElementsAre(HasSubstr("the bound of slot 1500 is too large")));
  EXPECT_THAT(check_metrics("{ histogram: a, value: bytes, buckets: { scale: linear, max: 999 } }"),
              IsEmpty());
}

TEST_F(CompileEvents, EverythingIsReportedAtOnce) {
  EXPECT_THAT(check("map: events, event: request, reader: mmap, labels: { op: { decode: zzz } }, "
                    "metrics: [ { counter: 'a b' }, { gauge: c }, { counter: d, value: e } ]"),
              testing::SizeIs(6));
}

}  // namespace
}  // namespace bpfmap::decode
