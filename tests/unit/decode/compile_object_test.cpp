// SPDX-License-Identifier: Apache-2.0
#include <linux/bpf.h>

#include "unit/decode/plan_fixture.h"

// A configuration against its object as a whole.
namespace bpfmap::decode {
namespace {

using namespace std::chrono_literals;

class CompileObject : public PlanTest {
 protected:
  CompileObject() {
    maps_ = {hash_map(number("u32"), number("u64"), "packets"), array_map(number("u64"), 4)};
  }
};

TEST_F(CompileObject, MakesAPlanOfEveryMapInTheirOrder) {
  const ObjectPlan plan = compile(
      "object: test.bpf.o\n"
      "interval: 7s\n"
      "maps:\n"
      "  - map: m\n"
      "    reader: next_key\n"
      "    metrics: [ { gauge: b } ]\n"
      "  - map: packets\n"
      "    interval: 500ms\n"
      "    max_age: 250ms\n"
      "    metrics: [ { gauge: a } ]\n");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(plan.maps.size(), 2U);
  EXPECT_EQ(plan.maps[0].info.name, "m");
  EXPECT_EQ(plan.maps[0].reader, kernel::ReaderChoice::kNextKey);
  EXPECT_EQ(plan.maps[0].interval, 7s);
  EXPECT_EQ(plan.maps[0].max_age, 1s);
  EXPECT_EQ(plan.maps[1].info.name, "packets");
  EXPECT_EQ(plan.maps[1].reader, kernel::ReaderChoice::kAuto);
  EXPECT_EQ(plan.maps[1].interval, 500ms);
  EXPECT_EQ(plan.maps[1].max_age, 250ms);
}

TEST_F(CompileObject, UnknownMapsProgramsAndGlobals) {
  programs_ = {{"count", "tp_btf/sched_switch", "tracing", true}};
  globals_ = {{"sample_rate", ".rodata", number("u32"), 0}};
  compile(
      "object: test.bpf.o\n"
      "programs: { cuont: { required: false } }\n"
      "globals: { sample_rat: 1 }\n"
      "maps: [ { map: pakets, metrics: [ { gauge: a } ] }, { map: zzz, metrics: [ { gauge: b } ] } "
      "]"
      "\n");
  EXPECT_THAT(messages_,
              ElementsAre("error 2:13 no program 'cuont' in test.bpf.o (did you mean 'count'?)",
                          "error 3:12 no global variable 'sample_rat' in test.bpf.o (did you mean"
                          " 'sample_rate'?)",
                          "error 4:16 no map 'pakets' in test.bpf.o (did you mean 'packets'?)",
                          "error 4:60 no map 'zzz' in test.bpf.o (one of: packets, m)"));
}

TEST_F(CompileObject, AnObjectWithoutAnySuchThing) {
  maps_ = {};
  compile(
      "object: test.bpf.o\nglobals: { x: 1 }\nmaps: [ { map: m, metrics: [ { gauge: a } ] } ]\n");
  EXPECT_THAT(messages_, ElementsAre("error 2:12 no global variable 'x' in test.bpf.o",
                                     "error 3:16 no map 'm' in test.bpf.o"));
}

TEST_F(CompileObject, MapsThatCannotBeWalked) {
  maps_[0].shape.type = BPF_MAP_TYPE_USER_RINGBUF;
  maps_[1].shape.type = BPF_MAP_TYPE_HASH_OF_MAPS;
  compile(
      "object: test.bpf.o\nmaps: [ { map: packets, metrics: [ { gauge: a } ] },\n"
      "        { map: m, metrics: [ { gauge: b } ] } ]\n");
  EXPECT_THAT(
      messages_,
      ElementsAre("error 2:16 map 'packets' is a user_ringbuf, which cannot be walked: it carries"
                  " events, not counts",
                  "error 3:16 map 'm' is a hash_of_maps, which cannot be walked: it holds"
                  " other maps, not counts"));
}

TEST_F(CompileObject, MmapNeedsAMmapableArray) {
  const std::string file =
      "object: test.bpf.o\nmaps: [ { map: m, reader: mmap, labels: { x: }, metrics: [ { gauge: a } "
      "] }"
      " ]\n";
  compile(file);
  EXPECT_THAT(messages_,
              ElementsAre("error 2:27 reader mmap: map 'm' is no array with BPF_F_MMAPABLE",
                          "error 2:43 key of map 'm': unknown field 'x': there is only one u32,"
                          " called 'key'"));
  maps_[1].shape.flags = BPF_F_MMAPABLE;
  names_ = {};
  const ObjectPlan plan = compile(
      "object: test.bpf.o\nmaps: [ { map: m, reader: mmap, metrics: [ { gauge: a } ] } ]\n");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(plan.maps.size(), 1U);
  EXPECT_EQ(plan.maps[0].reader, kernel::ReaderChoice::kMmap);
}

TEST_F(CompileObject, TheParsersErrorsLeaveNoPlan) {
  const ObjectPlan plan = compile(
      "object: test.bpf.o\nfoo: bar\nmaps: [ { map: m, metrics: [ { gauge: a, value: zz } ] } ]\n");
  EXPECT_THAT(plan.maps, IsEmpty());
  EXPECT_THAT(messages_,
              ElementsAre(StartsWith("error 2:1 unknown key 'foo'"),
                          "error 3:49 value of map 'm': unknown field 'zz': there is only"
                          " one u64, called 'value'"));
}

}  // namespace
}  // namespace bpfmap::decode
