// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "kernel/readers/iter_reader.h"
#include "kernel/readers/key_ledger.h"
#include "kernel/readers/record_stream.h"
#include "support/fake_map_syscalls.h"
#include "walk_entries.h"

// IterReader over what a kernel might write.
namespace bpfmap::kernel {
namespace {

using test::FakeMapSyscalls;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

MapShape per_cpu_shape(std::uint32_t value_size = 8) {
  MapShape shape = hash_shape();
  shape.type = BPF_MAP_TYPE_PERCPU_HASH;
  shape.value_size = value_size;
  shape.per_cpu = true;
  shape.cpus = 3;
  return shape;
}

std::string records(const Entries& entries) {
  std::string bytes;
  for (const auto& [key, value] : entries) {
    bytes.append(reinterpret_cast<const char*>(&key), sizeof(key));
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return bytes;
}

// A descriptor that reads as these pieces, one a read(2).
UniqueFd source_of(const std::vector<std::string>& pieces) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_DIRECT), 0) << errno;
  const UniqueFd writer(ends[1]);
  EXPECT_GT(::fcntl(writer.get(), F_SETPIPE_SZ, 1 << 20), 0) << "room for all pieces at once";
  for (const std::string& piece : pieces) {
    EXPECT_EQ(::write(writer.get(), piece.data(), piece.size()),
              static_cast<ssize_t>(piece.size()));
  }
  return UniqueFd(ends[0]);
}

// What each walk in turn reads.
class Walks {
 public:
  void add(const Entries& entries) { pieces_.push_back({records(entries)}); }
  void add_pieces(std::vector<std::string> pieces) { pieces_.push_back(std::move(pieces)); }

  IterReader::Start start() {
    return [this]() -> Result<UniqueFd> { return source_of(pieces_.at(next_++)); };
  }

 private:
  std::vector<std::vector<std::string>> pieces_;
  std::size_t next_ = 0;
};

TEST(IterReader, TakesRecordsThatReadsHaveCut) {
  const Entries truth = {{1, 10}, {2, 20}, {3, 30}, {4, 40}, {5, 50}};
  const std::string bytes = records(truth);
  FakeMapSyscalls map;
  for (const std::size_t step : {1U, 5U, 12U, 13U, 59U}) {
    Walks walks;
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      pieces.push_back(bytes.substr(at, step));
    walks.add_pieces(pieces);
    IterReader reader("m", 3, hash_shape(), map, walks.start());
    EXPECT_EQ(walk(reader, 2).value(), truth) << step;
  }
}

TEST(IterReader, AnIteratorThatEndsInsideARecordFailsTheWalk) {
  FakeMapSyscalls map;
  Walks walks;
  walks.add_pieces({records({{1, 10}}) + "abc"});
  walks.add({{1, 11}});
  IterReader reader("m", 3, hash_shape(), map, walks.start());
  const auto cut = walk(reader);
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message(), HasSubstr("read map 'm': its iterator ended in the middle"));
  EXPECT_THAT(walk(reader).value(), ElementsAre(Pair(1, 11))) << "the next one is complete";
}

TEST(IterReader, AFailedStartAndAFailedReadFailTheWalk) {
  FakeMapSyscalls map;
  IterReader refused("m", 3, hash_shape(), map, []() -> Result<UniqueFd> {
    return unexpected(Error{
        .kind = ErrorKind::kSystem, .operation = "read map", .subject = "'m'", .code = EPERM});
  });
  EXPECT_EQ(walk(refused).error().code, EPERM);
  IterReader unreadable("m", 3, hash_shape(), map, []() -> Result<UniqueFd> {
    return UniqueFd(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  });
  EXPECT_EQ(walk(unreadable).error().code, EISDIR);
}

TEST(IterReader, DropsWhatTheKernelShowsTwice) {
  FakeMapSyscalls map;
  Walks walks;
  walks.add({{1, 10}, {2, 20}, {1, 11}, {3, 30}, {2, 21}});
  IterReader reader("m", 3, hash_shape(), map, walks.start());
  EXPECT_THAT(walk(reader).value(), ElementsAre(Pair(1, 10), Pair(2, 20), Pair(3, 30)));
}

TEST(IterReader, LooksUpWhatTheKernelPassedBy) {
  FakeMapSyscalls map;
  map.insert(0, 2, 22);  // passed by; 1 is gone
  map.insert(0, 3, 33);
  Walks walks;
  walks.add({{1, 10}, {2, 20}, {3, 30}});
  walks.add({{3, 33}, {4, 40}});
  walks.add({{2, 23}, {3, 34}, {4, 41}});
  IterReader reader("m", 3, hash_shape(), map, walks.start());
  EXPECT_EQ(walk(reader)->size(), 3U);
  EXPECT_THAT(walk(reader).value(), UnorderedElementsAre(Pair(2, 22), Pair(3, 33), Pair(4, 40)));
  EXPECT_EQ(map.lookup_calls, 2);
  EXPECT_THAT(walk(reader, 1).value(), UnorderedElementsAre(Pair(2, 23), Pair(3, 34), Pair(4, 41)));
  EXPECT_EQ(map.lookup_calls, 2) << "what is gone is not asked for again";
}

TEST(IterReader, LearnsFromAnotherReaderWhatItMustNotPassBy) {
  FakeMapSyscalls map;
  map.insert(0, 1, 11);
  map.insert(0, 2, 22);
  Walks walks;
  walks.add({{3, 33}});
  IterReader reader("m", 3, hash_shape(), map, walks.start());
  const auto rows = [](std::uint32_t key) {
    RowBlock block(hash_shape(), 1);
    std::memcpy(block.keys(), &key, sizeof(key));
    block.set_count(1);
    return block;
  };
  reader.learn(rows(1), true);
  reader.learn(rows(2), true);  // another walk, in which 1 was no more
  reader.learn(rows(3), false);
  EXPECT_THAT(walk(reader).value(), UnorderedElementsAre(Pair(2, 22), Pair(3, 33)));
}

TEST(IterReader, MissedRowsGoOnInTheNextBatch) {
  FakeMapSyscalls map;
  Entries all;
  for (std::uint32_t key = 0; key < 50; ++key) {
    map.insert(0, key, key + 1);
    all.emplace_back(key, key + 1);
  }
  Walks walks;
  walks.add(all);
  walks.add({{7, 8}});
  IterReader reader("m", 3, hash_shape(), map, walks.start());
  EXPECT_EQ(walk(reader, 64)->size(), 50U);
  EXPECT_THAT(walk(reader, 3).value(), ::testing::UnorderedElementsAreArray(all));
}

TEST(IterReader, AnErrorOfALookUpFailsTheWalk) {
  FakeMapSyscalls map;
  Walks walks;
  walks.add({{1, 10}});
  walks.add({});
  IterReader reader("m", 3, hash_shape(), map, walks.start());
  EXPECT_TRUE(walk(reader));
  map.before = [](const char*) { return -EPERM; };
  EXPECT_EQ(walk(reader).error().code, EPERM);
}

TEST(IterReader, AddsMissedPerCpuValuesUpAsTheKernelDoes) {
  class PerCpuKernel final : public MapSyscalls {
    int next_key(int, const void*, void*) override { return -ENOENT; }
    int lookup(int, const void*, void* value, std::uint64_t) override {
      const std::uint64_t words[] = {1, 100, 2, 200, 0xffffffffffffffff, 300};  // three CPUs
      std::memcpy(value, words, sizeof(words));
      return 0;
    }
    int lookup_batch(int, const void*, void*, void*, void*, std::uint32_t*,
                     std::uint64_t) override {
      return -ENOTSUP;
    }
  } map;
  struct Record {
    std::uint32_t key;
    std::uint64_t words[2];
  } __attribute__((packed));
  const Record record{9, {5, 6}};
  Walks walks;
  walks.add_pieces({std::string(reinterpret_cast<const char*>(&record), sizeof(record))});
  walks.add_pieces({});
  IterReader reader("m", 3, per_cpu_shape(16), map, walks.start());
  EXPECT_FALSE(reader.shape().per_cpu);
  EXPECT_EQ(reader.shape().cpus, 1U);
  EXPECT_EQ(reader.shape().row_value_size(), 16U);
  EXPECT_THAT(walk(reader).value(), ElementsAre(Pair(9, 5)));
  reader.rewind();
  RowBlock block(reader.shape(), 4);
  ASSERT_TRUE(reader.next_batch(block));
  ASSERT_EQ(block.count(), 1U);
  std::uint64_t sums[2];
  std::memcpy(sums, block.value(0), sizeof(sums));
  EXPECT_THAT(sums, ElementsAre(2, 600)) << "modulo 2^64";
}

TEST(IterReader, AnArrayHasNothingToMiss) {
  FakeMapSyscalls map;
  MapShape shape = hash_shape();
  shape.type = BPF_MAP_TYPE_ARRAY;
  Walks walks;
  walks.add({{0, 1}, {1, 2}});
  walks.add({{0, 1}});
  IterReader reader("m", 3, shape, map, walks.start());
  EXPECT_EQ(walk(reader)->size(), 2U);
  EXPECT_EQ(walk(reader)->size(), 1U);
  EXPECT_EQ(map.lookup_calls, 0);
}

TEST(IterReader, GivesUpAWalkInCircles) {
  FakeMapSyscalls map;
  MapShape shape = hash_shape();
  shape.max_entries = 1;
  Walks walks;
  walks.add_pieces(std::vector<std::string>(12, records(Entries(100, {1, 1}))));
  IterReader reader("m", 3, shape, map, walks.start());
  const auto entries = walk(reader);
  ASSERT_FALSE(entries);
  EXPECT_THAT(entries.error().message(), HasSubstr("given up"));
}

TEST(KeyLedger, ForgetsWhatIsGoneAndKeepsTheRest) {
  KeyLedger ledger(4, 100000);
  const auto note = [&](std::uint32_t key) {
    return ledger.note(reinterpret_cast<const std::byte*>(&key));
  };
  ledger.begin_walk();
  for (std::uint32_t key = 0; key < 1000; ++key) EXPECT_TRUE(note(key));
  ledger.begin_walk();
  EXPECT_TRUE(note(999));
  EXPECT_FALSE(note(999));
  int missing = 0;
  for (; ledger.next_missing() != nullptr; ++missing) ledger.forget();
  EXPECT_EQ(missing, 999);
  ledger.begin_walk();  // the forgotten ones are dropped from memory here
  EXPECT_TRUE(note(1)) << "come back";
  const std::byte* left = ledger.next_missing();
  ASSERT_NE(left, nullptr);
  std::uint32_t key = 0;
  std::memcpy(&key, left, sizeof(key));
  EXPECT_EQ(key, 999U);
  EXPECT_EQ(ledger.next_missing(), nullptr);
}

TypePtr type_of(const char* name) { return explicit_type(name); }

TypePtr struct_of(std::vector<TypePtr> members) {
  auto type = std::make_shared<Type>();
  type->kind = TypeKind::kStruct;
  for (TypePtr& member : members) {
    type->members.push_back({"m", member, type->size * 8, 0});
    type->size += member->size;
  }
  return type;
}

std::string why_not(const TypePtr& type, std::uint32_t cpus = 3) {
  MapShape shape = per_cpu_shape(type->size);
  shape.cpus = cpus;
  return why_not_added_up(shape, type.get());
}

TEST(AddedUpValues, ConsistOfEightByteIntegers) {
  EXPECT_THAT(why_not(type_of("u64")), IsEmpty());
  EXPECT_THAT(why_not(type_of("s64")), IsEmpty());
  EXPECT_THAT(why_not(array_of(type_of("u64"), 64)), IsEmpty());
  EXPECT_THAT(why_not(struct_of({type_of("u64"), array_of(type_of("s64"), 3)})), IsEmpty());
  const char* words = "only values that consist of 8-byte integers";
  EXPECT_THAT(why_not(type_of("u32")), HasSubstr(words));
  EXPECT_THAT(why_not(type_of("f64")), HasSubstr(words));
  EXPECT_THAT(why_not(type_of("be64")), HasSubstr(words));
  EXPECT_THAT(why_not(struct_of({type_of("u64"), type_of("u32"), type_of("u32")})),
              HasSubstr(words));
  auto bits = std::make_shared<Type>(*struct_of({type_of("u64")}));
  bits->members[0].bit_size = 20;
  EXPECT_THAT(why_not(bits), HasSubstr(words));
  EXPECT_THAT(why_not_added_up(per_cpu_shape(), nullptr), HasSubstr("no BTF"));
}

TEST(AddedUpValues, AreFewEnoughForTheVerifier) {
  EXPECT_THAT(why_not(array_of(type_of("u64"), 65)), HasSubstr("too large"));
  EXPECT_THAT(why_not(array_of(type_of("u64"), 64), 1024), IsEmpty());
  EXPECT_THAT(why_not(array_of(type_of("u64"), 64), 1025), HasSubstr("too many"));
}

TEST(IterReader, KnowsWhichMapsTheKernelIterates) {
  MapShape shape = hash_shape();
  EXPECT_THAT(why_no_iter(shape), IsEmpty());
  shape.has_spin_lock = true;
  EXPECT_THAT(why_no_iter(shape), HasSubstr("bpf_spin_lock"));
  shape = hash_shape();
  shape.type = BPF_MAP_TYPE_LPM_TRIE;
  EXPECT_THAT(why_no_iter(shape), HasSubstr("no iterator for an lpm_trie"));
}

}  // namespace
}  // namespace bpfmap::kernel
