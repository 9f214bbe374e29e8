// SPDX-License-Identifier: Apache-2.0
#include "unit/decode/plan_fixture.h"

// What is wrong or remarkable with the values and names of metrics, by its exact place and text.
namespace bpfmap::decode {
namespace {

class CompileMap : public PlanTest {
 protected:
  // A counter of a map with such values; more settings begin at column 48.
  const std::vector<std::string>& value_of(const test::TypePtr& type,
                                           const std::string& settings = {}) {
    maps_ = {hash_map(number("u32"), type)};
    return counter(settings);
  }
  const std::vector<std::string>& counter(const std::string& settings) {
    return check("map: m, metrics: [ { counter: c_total" +
                 (settings.empty() ? "" : ", " + settings) + " } ]");
  }
};

TEST_F(CompileMap, AValueThatIsOneNumberNeedsNoName) {
  EXPECT_THAT(value_of(number("u64")), IsEmpty());
  EXPECT_THAT(value_of(number("u64"), "value: value"), IsEmpty());
  EXPECT_THAT(value_of(structure("struct v", {{"count", number("u64")}})), IsEmpty());
  EXPECT_THAT(
      value_of(structure("struct v", {{"lock", test::type_of(kernel::TypeKind::kKernelPrivate, 4,
                                                             "struct bpf_spin_lock")},
                                      {"count", number("u64")}})),
      IsEmpty());
}

TEST_F(CompileMap, AStructNeedsAField) {
  const auto two = structure(
      "struct v",
      {{"packets", number("u64")}, {"size", structure("struct s", {{"bytes", number("u64")}})}});
  EXPECT_THAT(
      value_of(two),
      ElementsAre("error 2:41 the value of map 'm' has 2 fields: say which one with 'value:'"
                  " ('packets' and 'size.bytes')"));
  EXPECT_THAT(value_of(two, "value: size"),
              ElementsAre("error 2:57 'size' of map 'm' is struct s, not a number; name one of its"
                          " fields: 'size.bytes'"));
  EXPECT_THAT(value_of(two, "value: size.bytes"), IsEmpty());
  EXPECT_THAT(value_of(two, "value: pakets"),
              ElementsAre("error 2:57 value of map 'm': unknown field 'pakets' in struct v (did you"
                          " mean 'packets'?)"));
}

TEST_F(CompileMap, WhatIsNoNumber) {
  EXPECT_THAT(value_of(array(number("u64"), 4)),
              ElementsAre("error 2:41 'value' of map 'm' is u64[4], not a number; name one element,"
                          " such as 'value[0]'"));
  EXPECT_THAT(value_of(array(number("u64"), 4), "value: \"value[3]\""), IsEmpty());
  EXPECT_THAT(value_of(array(number("u64"), 4), "value: \"value[4]\""),
              ElementsAre("error 2:57 value of map 'm': index 4 is beyond u64[4]"));
  EXPECT_THAT(
      value_of(structure("struct v", {{"comm", text(16)}})),
      ElementsAre("error 2:41 'comm' of map 'm' is char[16], not a number; name one element,"
                  " such as 'comm[0]'"));
  EXPECT_THAT(
      value_of(structure(
          "struct v", {{"u", union_of("union u", {{"a", number("u64")}, {"b", number("u32")}})}})),
      ElementsAre("error 2:41 'u' of map 'm' is union u, not a number; name one of its fields:"
                  " 'u.a' and 'u.b'"));
  EXPECT_THAT(value_of(union_of("union u", {{"a", number("u64")}, {"b", number("u32")}})),
              ElementsAre("error 2:41 'value' of map 'm' is union u, not a number; name one of its"
                          " fields: 'a' and 'b'"));
  EXPECT_THAT(
      value_of(structure("struct v", {{"lock", test::type_of(kernel::TypeKind::kKernelPrivate, 4,
                                                             "struct bpf_spin_lock")}})),
      ElementsAre("error 2:41 the value of map 'm' (struct v) holds nothing that can be"
                  " read"));
}

TEST_F(CompileMap, WithoutBtfTheNumberIsNamedByHand) {
  maps_ = {without_btf(hash_map(number("u32"), text(16)))};
  EXPECT_THAT(counter(""),
              ElementsAre("error 2:41 the value of map 'm' (16 bytes) has no BTF: say where the"
                          " number is, with value: {offset: ..., type: ...}"));
  EXPECT_THAT(counter("value: count"),
              ElementsAre("error 2:57 the value of map 'm' (16 bytes) has no BTF: name its parts by"
                          " offset, size and type"));
  EXPECT_THAT(counter("value: { offset: 8, type: u64 }"), IsEmpty());
  EXPECT_THAT(counter("value: { offset: 15, type: u8 }"), IsEmpty());
  EXPECT_THAT(counter("value: { offset: 9, type: u64 }"),
              ElementsAre("error 2:57 bytes 9 to 16 lie beyond the 16 bytes of the value of map"
                          " 'm'"));
  EXPECT_THAT(counter("value: { offset: 0, size: 16, type: u64 }"),
              ElementsAre("error 2:57 'bytes' of map 'm' is u64[2], not a number; its size is to be"
                          " that of one number"));
  EXPECT_THAT(counter("value: { offset: 0, size: 8, type: bytes }"),
              ElementsAre("error 2:57 'bytes' of map 'm' is u8[8], not a number; its size is to be"
                          " that of one number"));
}

TEST_F(CompileMap, EverythingThatIsWrongIsReportedAtOnce) {
  maps_ = {
      hash_map(number("u32"), structure("struct v", {{"a", number("u64")}, {"b", number("u64")}}))};
  EXPECT_THAT(
      check("map: m, labels: { x: }, metrics: [ { counter: 1a, value: c },"
            " { gauge: process_x, value: d }, { gauge: fine, value: a } ]"),
      ElementsAre("error 2:29 key of map 'm': unknown field 'x': there is only one u32,"
                  " called 'key'",
                  "error 2:57 invalid metric name '1a': expected letters, digits, '_' and"
                  " ':', not beginning with a digit",
                  "error 2:68 value of map 'm': unknown field 'c' in struct v (did you mean"
                  " 'a'?)",
                  "error 2:82 metric name 'process_x' begins with 'process_', which the"
                  " exporter's own metrics use",
                  "error 2:100 value of map 'm': unknown field 'd' in struct v (did you mean"
                  " 'a'?)"));
}

TEST_F(CompileMap, ConventionsAreMentioned) {
  maps_ = {hash_map(number("u32"), number("u64"))};
  EXPECT_THAT(
      check("map: m, metrics: [ { counter: packets }, { gauge: time_ms } ]", "prefix: x_\n"),
      ElementsAre("notice 2:41 metric 'x_packets': the name of a counter should end in"
                  " \"_total\"",
                  "notice 2:61 metric 'x_time_ms': spell out the unit \"ms\", as a base unit"
                  " such as seconds or bytes"));
}

}  // namespace
}  // namespace bpfmap::decode
