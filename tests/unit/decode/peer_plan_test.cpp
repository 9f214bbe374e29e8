// SPDX-License-Identifier: Apache-2.0
#include <linux/bpf.h>

#include "decode/host_inputs.h"
#include "decode/name_fields.h"
#include "unit/decode/plan_fixture.h"

// Files in ebpf_exporter's format against their objects, and what the exporter's own language
// has for them.
namespace bpfmap::decode {
namespace {

class PeerPlan : public PlanTest {
 protected:
  static std::string counter(const std::string& labels) {
    return "metrics:\n  counters:\n    - name: m\n      labels:\n" + labels;
  }
  static std::string uint_label(const std::string& name, int size) {
    return "        - { name: " + name + ", size: " + std::to_string(size) +
           ", decoders: [ { name: uint } ] }\n";
  }
};

TEST_F(PeerPlan, KeysThatAreShorterThanTheirLabels) {
  maps_ = {hash_map(number("u32"), number("u64"))};
  compile(counter(uint_label("a", 8)));
  EXPECT_THAT(messages_, testing::Contains("error 5:9 the labels take 8 bytes, but the key of map "
                                           "'m' has 4"));
}

TEST_F(PeerPlan, KeysThatAreLongerAreSummed) {
  maps_ = {hash_map(number("u64"), number("u64"))};
  const ObjectPlan plan = compile(counter(uint_label("a", 4)));
  EXPECT_THAT(messages_,
              testing::Contains("warning 5:9 the labels take 4 bytes, but the key of map "
                                "'m' has 8: what no label names is summed away"));
  EXPECT_EQ(plan.maps.size(), 1U);
}

TEST_F(PeerPlan, ValuesThatAreNoU64) {
  maps_ = {hash_map(number("u32"), number("u32"))};
  compile(counter(uint_label("a", 4)));
  EXPECT_THAT(messages_, testing::Contains(HasSubstr("declare them as __u64")));
  maps_ = {
      hash_map(number("u32"), structure("struct v", {{"a", number("u64")}, {"b", number("u64")}}))};
  names_ = {};
  EXPECT_EQ(compile(counter(uint_label("a", 4))).maps.size(), 1U);
}

TEST_F(PeerPlan, TheCpuOfAPerCpuMapIsNoPartOfTheKey) {
  maps_ = {per_cpu_map(number("u32"), number("u64"), 2)};
  const ObjectPlan plan = compile(counter(uint_label("a", 4) + uint_label("cpu", 2)));
  EXPECT_FALSE(failed_) << testing::PrintToString(messages_);
  EXPECT_EQ(plan.maps.size(), 1U);
}

TEST_F(PeerPlan, WithoutLabelsTheKeyIsZero) {
  maps_ = {array_map(number("u64"), 4)};
  const ObjectPlan plan = compile("metrics: { counters: [ { name: m } ] }");
  ASSERT_EQ(plan.maps.size(), 1U);
  EXPECT_EQ(plan.maps[0].reader.only_key, 0U);
}

TEST_F(PeerPlan, ProgramsAreNotRequired) {
  maps_ = {array_map(number("u64"), 4)};
  programs_ = {{"good", "raw_tp/x", "raw_tracepoint", true},
               {"nowhere", "xdp", "xdp", false},
               {"asleep", "?raw_tp/x", "raw_tracepoint", true, false}};
  const ObjectPlan plan = compile("metrics: { counters: [ { name: m } ] }");
  EXPECT_FALSE(failed_);
  EXPECT_THAT(messages_, testing::Contains(HasSubstr("does not say what to attach to")));
  ASSERT_EQ(plan.programs.size(), 3U);
  EXPECT_FALSE(plan.programs[0].required);
  EXPECT_TRUE(plan.programs[0].load);
  EXPECT_FALSE(plan.programs[2].load);
}

TEST_F(PeerPlan, AddressesAndCgroupsNeedTheirGlobalsAndMaps) {
  maps_ = {array_map(number("u64"), 4)};
  globals_ = {{"kaddr_a", ".rodata", number("u32"), 0}};
  maps_[0].name = "hits_total";
  compile(
      "metrics: { counters: [ { name: hits_total } ] }\n"
      "kaddrs: [a, b]\n"
      "cgroup_id_map: { name: hits_total, regexps: [x] }\n");
  EXPECT_THAT(
      messages_,
      ElementsAre(HasSubstr("error 2:10 global 'kaddr_a' is"),
                  HasSubstr("error 2:13 no global variable 'kaddr_b'"),
                  "error 3:24 map 'hits_total' cannot hold the ids of cgroups: it is an array, "
                  "neither a hash with one value for all CPUs nor a cgrp_storage"));
}

// The kernel would read a value for each CPU where there is one.
TEST_F(PeerPlan, IdsOfCgroupsAreNotForPerCpuMaps) {
  maps_ = {hash_map(number("u64"), number("u64"))};
  maps_[0].name = "hits_total";
  const std::string file =
      "metrics: { counters: [ { name: hits_total, labels: [ { name: id, size: 8, decoders: [ { "
      "name: uint } ] } ] } ] }\ncgroup_id_map: { name: hits_total, regexps: [x] }\n";
  compile(file);
  EXPECT_THAT(messages_, Not(Contains(HasSubstr("cannot hold the ids"))));
  for (const std::uint32_t type : {BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH}) {
    maps_[0].shape.type = type;
    messages_.clear();
    compile(file);
    EXPECT_THAT(messages_, Contains(HasSubstr("cannot hold the ids"))) << type;
  }
}

TEST_F(PeerPlan, EventsNeedToBeCalledSo) {
  maps_ = {hash_map(number("u32"), number("u32"))};
  maps_[0].shape.type = BPF_MAP_TYPE_PERF_EVENT_ARRAY;
  compile(counter(uint_label("a", 4)));
  EXPECT_THAT(messages_, testing::Contains(HasSubstr("needs 'perf_event_array: true'")));
}

TEST_F(PeerPlan, NamesOfOurOwnAreReserved) {
  maps_ = {hash_map(number("u32"), number("u64"), "enabled_configs")};
  compile("metrics: { counters: [ { name: enabled_configs } ] }");
  EXPECT_THAT(messages_, testing::Contains(HasSubstr("which the exporter's own metrics use")));
}

class PeerNames : public PlanTest {};

TEST_F(PeerNames, NumbersWithoutNamesAreMarked) {
  const auto info = hash_map(number("u32"), number("u64"));
  test::RowBuilder rows(info.shape);
  rows.add(std::uint32_t{2}, std::uint64_t{1});
  rows.add(std::uint32_t{4000}, std::uint64_t{2});
  EXPECT_EQ(render(info, rows,
                   "labels: { e: { field: key, decode: [errno, { unnamed: 'unknown:' }] } }, "
                   "metrics: [ { counter: a_total } ]"),
            "# TYPE a_total counter\n"
            "a_total{e=\"ENOENT\"} 1\n"
            "a_total{e=\"unknown:4000\"} 2\n");
  EXPECT_THAT(check("map: m, labels: { e: { field: key, decode: [errno, { unnamed: [1] }] } }, "
                    "metrics: [ { counter: a_total } ]"),
              testing::Contains(HasSubstr("'unnamed' takes the text")));
}

TEST(PathMatcher, FindsAnExpressionAnywhere) {
  const auto matches = path_matcher({{"m", {}}, {{"/a/[0-9]+$", {}}, {"slice", {}}}});
  EXPECT_TRUE(matches("/sys/fs/cgroup/a/12"));
  EXPECT_TRUE(matches("/sys/fs/cgroup/user.slice/x"));
  EXPECT_FALSE(matches("/sys/fs/cgroup/a/12/b"));
}

config::LabelConfig bytes_label(std::uint32_t offset, std::optional<std::uint32_t> size,
                                const std::string& type) {
  config::LabelConfig label;
  label.name = {"l", {}};
  label.field = {{}, "", config::ExplicitField{offset, size, type}};
  return label;
}

TEST(NameFields, WhereTheMeaningIsTheSame) {
  const auto info = hash_map(structure("struct k", {{"id", number("u64")},
                                                    {"kind", enumeration({{"A", 1}})},
                                                    {"change", number("s32")},
                                                    {"comm", text(8)},
                                                    {"mac", array(number("u8"), 8)}}),
                             number("u64"));
  config::MapConfig map;
  map.labels = {bytes_label(0, {}, "u64"),  bytes_label(8, {}, "u32"),  bytes_label(12, {}, "u32"),
                bytes_label(16, 8, "char"), bytes_label(24, 8, "char"), bytes_label(4, {}, "u32")};
  EXPECT_EQ(name_fields(map, info), 2);
  const auto& labels = *map.labels;
  EXPECT_EQ(labels[0].field.path, "id");
  EXPECT_THAT(labels[0].decode, IsEmpty());
  EXPECT_EQ(labels[1].field.path, "kind");
  EXPECT_EQ(labels[1].decode.at(0).name.value, "number");  // names would come by themselves
  EXPECT_TRUE(labels[2].field.bytes);                      // -1 is 4294967295 there
  EXPECT_EQ(labels[3].field.path, "comm");
  EXPECT_EQ(labels[4].field.path, "mac");
  EXPECT_EQ(labels[4].decode.at(0).name.value, "string");
  EXPECT_TRUE(labels[5].field.bytes);  // the middle of a field
}

class FixedBuckets : public PlanTest {
 protected:
  const std::vector<std::string>& check_buckets(const std::string& buckets) {
    maps_ = {hash_map(number("u32"), number("u64"))};
    return check("map: m, metrics: [ { histogram: h, bucket: key, buckets: " + buckets + " } ]");
  }
};

TEST_F(FixedBuckets, CountSlotsThatAreBounds) {
  test::RowBuilder rows(hash_map(number("u32"), number("u64")).shape);
  const auto add = [&](std::uint32_t slot, std::uint64_t count) { rows.add(slot, count); };
  add(5, 1);
  add(7, 2);  // between two bounds
  add(10, 4);
  add(99, 8);
  add(11, 100);  // the sum
  EXPECT_EQ(render(hash_map(number("u32"), number("u64")), rows,
                   "metrics: [ { histogram: h, bucket: key, buckets: { scale: fixed, bounds: [5, "
                   "10], sum: { key: 11 } } } ]"),
            "# TYPE h histogram\n"
            "h_bucket{le=\"5\"} 1\n"
            "h_bucket{le=\"10\"} 7\n"
            "h_bucket{le=\"+Inf\"} 15\n"
            "h_sum 100\n"
            "h_count 15\n");
}

TEST_F(FixedBuckets, NeedWholeNumbersAndASumAboveThem) {
  EXPECT_THAT(check_buckets("{ scale: fixed, bounds: [1, 2.5] }"),
              testing::Contains(HasSubstr("expected a whole number")));
  EXPECT_THAT(check_buckets("{ scale: fixed, bounds: [1, 9], sum: { key: 5 } }"),
              testing::Contains(HasSubstr("key 5 cannot hold the sum")));
  EXPECT_THAT(check_buckets("{ scale: fixed, max: 3, bounds: [1] }"),
              testing::Contains(HasSubstr("'scale: fixed' has no 'max'")));
}

TEST_F(PlanTest, AKeyHasToBeOneOfTheMap) {
  maps_ = {hash_map(number("u8"), number("u64"))};
  EXPECT_THAT(check("map: m, key: 256, metrics: [ { counter: a_total } ]"),
              ElementsAre(HasSubstr("key: 256 is no key of map 'm', whose keys have 1 bytes")));
  EXPECT_THAT(check("map: m, key: 255, metrics: [ { counter: a_total } ]"), IsEmpty());
}

TEST_F(PlanTest, AKeyBehindTheEndOfAnArray) {
  const std::string last = "map: m, key: 15, metrics: [ { counter: a_total } ]";
  const std::string behind = "map: m, key: 16, metrics: [ { counter: a_total } ]";
  const auto complaint = ElementsAre(
      "error 2:24 key: 16 is no key of map 'm', an array of 16 entries, which are counted from 0");
  maps_ = {array_map(number("u64"), 16)};
  EXPECT_THAT(check(last), IsEmpty());
  EXPECT_THAT(check(behind), complaint);
  maps_[0].shape.type = BPF_MAP_TYPE_PERCPU_ARRAY;
  EXPECT_THAT(check(behind), complaint);
  maps_ = {hash_map(number("u32"), number("u64"))};
  maps_[0].shape.max_entries = 16;
  EXPECT_THAT(check(behind), IsEmpty());
}

TEST_F(PlanTest, AKeyNeedsKeysThatAreNumbers) {
  const std::string with_key = "map: m, key: 1, metrics: [ { counter: a_total } ]";
  const std::string of_zeroes = "map: m, key: 0, metrics: [ { counter: a_total } ]";
  maps_ = {hash_map(structure("struct flow", {{"a", number("u32")}}), number("u64"))};
  EXPECT_THAT(check(with_key),
              ElementsAre("error 2:24 key: the keys of map 'm' are no numbers, "
                          "but of type struct flow, of which only 0 can be read, all of "
                          "whose bytes are zero"));
  EXPECT_THAT(check(of_zeroes), IsEmpty()) << "as convert writes it for the other format";
  maps_ = {hash_map(array(number("u8"), 4), number("u64"))};
  EXPECT_THAT(check(with_key), ElementsAre(HasSubstr("are no numbers")));
  maps_ = {hash_map(enumeration({{"A", 0}}), number("u64"))};
  EXPECT_THAT(check(with_key), IsEmpty());
  maps_ = {without_btf(hash_map(number("u32"), number("u64")))};
  EXPECT_THAT(check("map: m, key: 0, metrics: [ { counter: a_total, value: { offset: 0, size: 8, "
                    "type: u64 } } ]"),
              IsEmpty());
}

TEST_F(PeerPlan, WithoutLabelsAStructOfZeroesIsAKey) {
  maps_ = {hash_map(structure("struct flow", {{"a", number("u32")}}), number("u64"))};
  EXPECT_EQ(compile("metrics: { counters: [ { name: m } ] }").maps.size(), 1U);
}

}  // namespace
}  // namespace bpfmap::decode
