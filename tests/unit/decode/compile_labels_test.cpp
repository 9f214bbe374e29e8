// SPDX-License-Identifier: Apache-2.0
#include "unit/decode/plan_fixture.h"

// What is wrong or remarkable with labels, by its exact place and text.
namespace bpfmap::decode {
namespace {

class CompileLabels : public PlanTest {
 protected:
  CompileLabels() {
    maps_ = {hash_map(structure("struct key", {{"pid", number("u32")},
                                               {"cgroup", number("u32")},
                                               {"comm", text(16)},
                                               {"low", number("u32"), 3},
                                               {"high", number("u32"), 29}}),
                      number("u64"))};
  }

  // With `labels` at column 19 of line 2.
  const std::vector<std::string>& labels(const std::string& labels, const std::string& file = {}) {
    return check("map: m, labels: { " + labels + " }, metrics: [ { counter: c_total } ]", file);
  }
};

TEST_F(CompileLabels, AllOfTheKeyNeedNothingSaid) {
  EXPECT_THAT(check("map: m, metrics: [ { counter: c_total } ]"), IsEmpty());
}

TEST_F(CompileLabels, UnknownFields) {
  EXPECT_THAT(labels("pid: , x: { field: cgruop }, comn: "),
              ElementsAre("error 2:48 key of map 'm': unknown field 'cgruop' in struct key"
                          " (did you mean 'cgroup'?)",
                          "error 2:58 key of map 'm': unknown field 'comn' in struct key"
                          " (did you mean 'comm'?)"));
  EXPECT_THAT(labels("pid: { field: pid.x }"),
              ElementsAre("error 2:43 key of map 'm': 'pid' is u32, not a struct"));
}

TEST_F(CompileLabels, TheFieldOfAKeyThatIsOneNumber) {
  maps_ = {hash_map(number("u32"), number("u64"))};
  EXPECT_THAT(labels("a: { field: key }"), IsEmpty());
  EXPECT_THAT(labels("pid: "),
              ElementsAre("error 2:29 key of map 'm': unknown field 'pid': there is only one u32,"
                          " called 'key'"));
}

TEST_F(CompileLabels, Names) {
  EXPECT_THAT(
      labels("le: { field: pid }, 9a: { field: cgroup }, \"a-b\": { field: comm },"
             " __x: { field: low }, high: "),
      ElementsAre("error 2:29 label 'le' is reserved for the buckets of histograms",
                  "error 2:49 invalid label name '9a': expected letters, digits and '_', not"
                  " beginning with a digit",
                  "error 2:72 invalid label name 'a-b': expected letters, digits and '_', not"
                  " beginning with a digit",
                  "error 2:96 label '__x' begins with '__', which Prometheus keeps for itself"));
}

TEST_F(CompileLabels, ConstantLabelsOfTheFile) {
  EXPECT_THAT(labels("pid: ", "labels: { le: x, \"\": y, __z: z }\n"),
              ElementsAre("error 3:11 label 'le' is reserved for the buckets of histograms",
                          "error 3:18 invalid label name '': expected letters, digits and '_', not"
                          " beginning with a digit",
                          "error 3:25 label '__z' begins with '__', which Prometheus keeps for"
                          " itself"));
}

// The parser sees what stands twice in the file; what comes from BTF is seen here.
TEST_F(CompileLabels, Duplicates) {
  EXPECT_THAT(
      labels("pid: , comm: ", "labels: { pid: x }\n"),
      ElementsAre("error 2:29 label 'pid' is also a constant label of the file, at line 3"));
  EXPECT_THAT(check("map: m, metrics: [ { counter: d_total } ]", "labels: { pid: x, low: y }\n"),
              ElementsAre("error 2:16 label 'pid' (a field of the key; list the labels to choose"
                          " other names) stands twice on map 'm'",
                          "error 2:16 label 'low' (a field of the key; list the labels to choose"
                          " other names) stands twice on map 'm'"));
  maps_[0].shape.type = BPF_MAP_TYPE_PERCPU_HASH;
  maps_[0].shape.per_cpu = true;
  EXPECT_THAT(check("map: m, cpu: pid, metrics: [ { counter: e_total } ]"),
              ElementsAre("error 2:24 label 'pid' stands twice on map 'm'"));
}

TEST_F(CompileLabels, FieldsOfTheKeyWhoseNamesCannotBeLabels) {
  maps_ = {hash_map(structure("struct key", {{"le", number("u32")}, {"__pad", number("u32")}}),
                    number("u64"))};
  EXPECT_THAT(check("map: m, metrics: [ { counter: c_total } ]"),
              ElementsAre("error 2:16 label 'le' (a field of the key; list the labels to choose"
                          " other names) is reserved for the buckets of histograms",
                          "error 2:16 label '__pad' (a field of the key; list the labels to choose"
                          " other names) begins with '__', which Prometheus keeps for itself"));
}

TEST_F(CompileLabels, PathsBecomeNamesAndUnionsMustBeChosenFrom) {
  maps_ = {hash_map(
      structure(
          "struct key",
          {{"src", structure("struct end", {{"port", number("u16")}, {"zone", number("u16")}})},
           {"addr",
            union_of("union addr", {{"v4", number("u32")}, {"v6", array(number("u8"), 16)}})},
           {"", union_of("union (anon)", {{"a", number("u32")}, {"b", number("s32")}})}}),
      number("u64"))};
  EXPECT_THAT(check("map: m, metrics: [ { counter: c_total } ]"),
              ElementsAre("error 2:16 field 'addr' (union addr) cannot be decoded as a whole: a"
                          " union; choose a member by 'field: addr.v4' (members: addr.v4, addr.v6)",
                          "error 2:16 field '(a|b)' (union (anon)) cannot be decoded as a whole: a"
                          " union; choose a member by 'field: a' (members: a, b)"));
}

TEST_F(CompileLabels, DecodersAreReportedAtTheirPlace) {
  EXPECT_THAT(labels("pid: { decode: ifnam }, cgroup: { decode: ipv6 }, comm: , low: , high: "),
              ElementsAre("error 2:44 unknown decoder 'ifnam' (did you mean 'ifname'?)",
                          StartsWith("error 2:71 'ipv6' needs 16 bytes")));
}

TEST_F(CompileLabels, WhatIsSummedAwayIsMentioned) {
  EXPECT_THAT(
      labels("pid: , comm: "),
      ElementsAre("notice 2:16 key of map 'm': 'cgroup', 'low' and 'high' are summed away"));
  EXPECT_THAT(labels("pid: , comm: , cgroup: , high: "),  // shares its bytes with low
              ElementsAre("notice 2:16 key of map 'm': 'low' is summed away"));
  EXPECT_THAT(labels(""), ElementsAre("notice 2:16 key of map 'm': 'pid', 'cgroup', 'comm', 'low'"
                                      " and 'high' are summed away"));
  // Bytes by hand are as good as a path.
  EXPECT_THAT(labels("rest: { offset: 0, size: 28, type: bytes }"), IsEmpty());
}

TEST_F(CompileLabels, ManyFieldsThatAreSummedAwayAreNotAllListed) {
  std::vector<test::Part> parts;
  for (char name = 'a'; name <= 'p'; ++name) parts.push_back({std::string(1, name), number("u8")});
  maps_ = {hash_map(structure("struct key", parts), number("u64"))};
  EXPECT_THAT(labels(""), ElementsAre("notice 2:16 key of map 'm': 'a', 'b', 'c', 'd', 'e', 'f',"
                                      " 'g', 'h', 'i', 'j', 'k', 'l', ... are summed away"));
}

TEST_F(CompileLabels, AMapOfOneEntryLosesNothing) {
  maps_ = {array_map(number("u64"), 1)};
  EXPECT_THAT(labels(""), IsEmpty());
}

TEST_F(CompileLabels, WithoutBtfThePartsAreNamedByHand) {
  maps_ = {without_btf(hash_map(text(12), number("u64")))};
  EXPECT_THAT(check("map: m, metrics: [ { counter: c_total } ]"),
              ElementsAre("error 2:16 the key of map 'm' (12 bytes) has no BTF: list its labels by"
                          " offset, size and type"));
  EXPECT_THAT(labels("pid: "),
              ElementsAre("error 2:29 the key of map 'm' (12 bytes) has no BTF: name its parts by"
                          " offset, size and type"));
  EXPECT_THAT(labels("pid: { offset: 8, type: u32 }, comm: { offset: 0, size: 8, type: char }"),
              IsEmpty());
  EXPECT_THAT(
      labels("pid: { offset: 9, type: u32 }, comm: { offset: 4294967290, type: u8 },"
             " mac: { offset: 6, size: 7, type: bytes }"),
      ElementsAre("error 2:34 bytes 9 to 12 lie beyond the 12 bytes of the key of map 'm'",
                  "error 2:66 bytes 4294967290 to 4294967290 lie beyond the 12 bytes of the"
                  " key of map 'm'",
                  "error 2:105 bytes 6 to 12 lie beyond the 12 bytes of the key of map 'm'"));
}

TEST_F(CompileLabels, ACpuLabelNeedsAPerCpuMap) {
  EXPECT_THAT(check("map: m, cpu: true, metrics: [ { counter: c_total } ]"),
              ElementsAre("error 2:24 map 'm' is a hash, not a per-CPU map: it has no cpu to"
                          " label"));
  maps_ = {per_cpu_map(number("u32"), number("u64"), 2)};
  EXPECT_THAT(check("map: m, cpu: le, metrics: [ { counter: c_total } ]"),
              ElementsAre("error 2:24 label 'le' is reserved for the buckets of histograms"));
}

TEST_F(CompileLabels, TheSlotOfAHistogramIsNoLabel) {
  const std::string histogram = "metrics: [ { histogram: h, bucket: low, buckets: { max: 3 } } ]";
  EXPECT_THAT(check("map: m, " + histogram), IsEmpty());
  EXPECT_THAT(check("map: m, labels: { pid: , low: { field: low } }, " + histogram),
              ElementsAre("error 2:50 label 'low' is made of 'low', which says in which bucket a"
                          " row is counted"));
  EXPECT_THAT(check("map: m, labels: { pid: , comm: }, " + histogram),
              ElementsAre("notice 2:16 key of map 'm': 'cgroup' and 'high' are summed away"));
}

TEST_F(CompileLabels, ASlotThatIsPartOfAFieldNeedsListedLabels) {
  maps_ = {hash_map(structure("struct key", {{"ids", array(number("u32"), 2)}}), number("u64"))};
  const std::string histogram =
      "metrics: [ { histogram: h, bucket: \"ids[1]\", buckets: { max: 3 } } ]";
  EXPECT_THAT(
      check("map: m, " + histogram),
      ElementsAre("error 2:16 bucket 'ids[1]' is a part of 'ids' in the key of map 'm': list"
                  " the labels of the map"));
  EXPECT_THAT(check("map: m, labels: { id: { field: \"ids[0]\" } }, " + histogram), IsEmpty());
}

// The same mistake is found for every metric of the map, and reported once.
TEST_F(CompileLabels, EachMistakeIsReportedOnce) {
  EXPECT_THAT(check("map: m, labels: { pit: }, metrics: [ { counter: a_total },"
                    " { counter: b_total }, { gauge: c } ]"),
              ElementsAre("error 2:29 key of map 'm': unknown field 'pit' in struct key"
                          " (did you mean 'pid'?)"));
}

}  // namespace
}  // namespace bpfmap::decode
