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
  EXPECT_EQ(plan.maps[0].reader.choice, model::ReaderChoice::kNextKey);
  EXPECT_EQ(plan.maps[0].interval, 7s);
  EXPECT_EQ(plan.maps[0].max_age, 1s);
  EXPECT_EQ(plan.maps[1].info.name, "packets");
  EXPECT_EQ(plan.maps[1].reader.choice, model::ReaderChoice::kAuto);
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
      ElementsAre("error 2:16 map 'packets' is a user_ringbuf, which cannot be walked: user"
                  " space writes it and the program reads it: reading it would take messages away",
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
  EXPECT_EQ(plan.maps[0].reader.choice, model::ReaderChoice::kMmap);
}

class CompileIterReader : public CompileObject {
 protected:
  CompileIterReader() {
    maps_[0].shape.type = BPF_MAP_TYPE_PERCPU_HASH;
    maps_[0].shape.per_cpu = true;
    maps_[0].shape.cpus = 4;
  }

  // Whether the plan of map packets lets a reader add up the CPUs.
  bool adds_up(const std::string& rest) {
    names_ = {};
    const ObjectPlan plan =
        compile("object: test.bpf.o\nmaps: [ { map: packets, " + rest + " } ]\n");
    return !plan.maps.empty() && !plan.maps[0].reader.cpus_apart;
  }
};

TEST_F(CompileIterReader, IsAskedForByName) {
  const ObjectPlan plan = compile(
      "object: test.bpf.o\nmaps: [ { map: packets, reader: iter, metrics: [ { gauge: a } ] } ]\n");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(plan.maps.size(), 1U);
  EXPECT_EQ(plan.maps[0].reader.choice, model::ReaderChoice::kIter);
  EXPECT_EQ(plan.maps[0].reader.value, maps_[0].value);
}

TEST_F(CompileIterReader, CpusAreAddedUpWhereTheirSumIsEnough) {
  EXPECT_TRUE(adds_up("metrics: [ { counter: a_total } ]"));
  EXPECT_TRUE(adds_up("metrics: [ { gauge: a, aggregate: sum } ]"));
  EXPECT_FALSE(adds_up("cpu: true, metrics: [ { counter: a_total } ]"));
  EXPECT_FALSE(adds_up("metrics: [ { counter: a_total }, { gauge: a, aggregate: max } ]"));
  EXPECT_FALSE(adds_up("metrics: [ { gauge: a, value: { offset: 0, type: u32 } } ]"));
}

TEST_F(CompileIterReader, IsRefusedWhereItCannotTellWhatIsWanted) {
  EXPECT_FALSE(adds_up("reader: iter, cpu: true, metrics: [ { counter: a_total } ]"));
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_THAT(messages_[0],
              StartsWith("error 2:33 reader iter: it adds the values of all CPUs up"));
  maps_[0].value = number("u32");
  maps_[0].shape.value_size = 4;
  EXPECT_FALSE(adds_up("reader: iter, metrics: [ { counter: a_total } ]"));
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_THAT(messages_[0], HasSubstr("only values that consist of 8-byte integers"));
}

TEST_F(CompileIterReader, IsRefusedForTypesWithoutOne) {
  maps_[0].shape.type = BPF_MAP_TYPE_LPM_TRIE;
  maps_[0].shape.per_cpu = false;
  maps_[0].shape.cpus = 1;
  EXPECT_FALSE(adds_up("reader: iter, metrics: [ { counter: a_total } ]"));
  EXPECT_THAT(messages_, ElementsAre("error 2:33 reader iter: the kernel has no iterator for an"
                                     " lpm_trie"));
}

TEST_F(CompileObject, StorageIsReadByIterOnly) {
  maps_[0].shape.type = BPF_MAP_TYPE_TASK_STORAGE;
  compile("object: test.bpf.o\nmaps: [ { map: packets, metrics: [ { gauge: a } ] } ]\n");
  EXPECT_THAT(messages_, IsEmpty());
  names_ = {};
  compile(
      "object: test.bpf.o\nmaps: [ { map: packets, reader: batch, metrics: [ { gauge: a } ] } ]\n");
  EXPECT_THAT(messages_,
              ElementsAre("error 2:33 reader batch: a task_storage is read by iter only"));
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
