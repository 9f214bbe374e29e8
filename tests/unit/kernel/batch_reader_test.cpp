// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstring>

#include "kernel/readers/batch_reader.h"
#include "support/fake_map_syscalls.h"
#include "walk_entries.h"

namespace bpfmap::kernel {
namespace {

using test::FakeMapSyscalls;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(BatchReader, TakesTheRowsOfTheLastBatch) {
  FakeMapSyscalls map;
  map.insert(0, 1, 10);
  map.insert(1, 2, 20);
  BatchReader reader("m", 3, hash_shape(), map);
  EXPECT_THAT(walk(reader, 64).value(), UnorderedElementsAre(Pair(1, 10), Pair(2, 20)));
  EXPECT_EQ(map.batch_calls, 1);
}

TEST(BatchReader, BeginsEveryWalkWithoutACursor) {
  FakeMapSyscalls map;
  for (std::uint32_t key = 0; key < 8; ++key) map.insert(key, key, key);
  BatchReader reader("m", 3, hash_shape(), map);
  EXPECT_EQ(walk(reader, 4)->size(), 8U);
  EXPECT_EQ(walk(reader, 4)->size(), 8U);
  EXPECT_THAT(map.batch_began_with_null, ElementsAre(true, false, true, false));
}

TEST(BatchReader, MakesRoomForAWholeBucketAndGoesOnFromTheSameCursor) {
  FakeMapSyscalls map;
  map.insert(0, 1, 1);
  for (std::uint32_t key = 100; key < 350; ++key) map.insert(1, key, key);
  map.insert(2, 2, 2);
  BatchReader reader("m", 3, hash_shape(), map);
  EXPECT_EQ(walk(reader, 2)->size(), 252U);
  EXPECT_GE(map.batch_capacities.back(), 250U);
}

TEST(BatchReader, GivesUpWhenMoreRoomThanTheMapHasDoesNotHelp) {
  FakeMapSyscalls map;
  map.before = [](const char*) { return -ENOSPC; };
  BatchReader reader("m", 3, hash_shape(100), map);
  const auto entries = walk(reader);
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code, ENOSPC);
  EXPECT_THAT(entries.error().message(), HasSubstr("read map 'm'"));
  EXPECT_LE(map.batch_capacities.back(), 264U);
}

TEST(BatchReader, RepeatsAnInterruptedCall) {
  FakeMapSyscalls map;
  map.insert(0, 1, 10);
  int calls = 0;
  map.before = [&](const char*) { return ++calls == 1 ? -EINTR : calls == 2 ? -EAGAIN : 0; };
  BatchReader reader("m", 3, hash_shape(), map);
  EXPECT_THAT(walk(reader).value(), ElementsAre(Pair(1, 10)));
  EXPECT_EQ(calls, 3);
}

TEST(BatchReader, TakesWhatCameBeforeABusyBucketAndGoesOnFromThere) {
  // Buckets 0 and 1 as one call returns them; the lock of bucket 1 is not to be had at first.
  class BusyBucket final : public MapSyscalls {
   public:
    int next_key(int, const void*, void*) override { return -ENOENT; }
    int lookup(int, const void*, void*, std::uint64_t) override { return -ENOENT; }
    int lookup_batch(int, const void* in, void* out, void* keys, void* values, std::uint32_t* count,
                     std::uint64_t) override {
      std::uint32_t bucket = 0;
      if (in != nullptr) std::memcpy(&bucket, in, sizeof(bucket));
      *count = 0;
      if (bucket == 1 && ++refused_ < 3) return -EBUSY;
      const std::uint32_t key = bucket + 1;
      const std::uint64_t value = key * 10;
      std::memcpy(keys, &key, sizeof(key));
      std::memcpy(values, &value, sizeof(value));
      *count = 1;
      ++bucket;
      std::memcpy(out, &bucket, sizeof(bucket));
      return bucket == 1 ? -EDEADLK : -ENOENT;
    }

   private:
    int refused_ = 0;
  };
  BusyBucket map;
  BatchReader reader("m", 3, hash_shape(), map);
  EXPECT_THAT(walk(reader).value(), UnorderedElementsAre(Pair(1, 10), Pair(2, 20)));
}

TEST(BatchReader, EndsWhenItIsInterruptedForEver) {
  FakeMapSyscalls map;
  map.before = [](const char*) { return -EINTR; };
  BatchReader reader("m", 3, hash_shape(), map);
  EXPECT_EQ(walk(reader).error().code, EINTR);
}

TEST(BatchReader, ReportsOtherErrorsAndRecoversInTheNextWalk) {
  FakeMapSyscalls map;
  map.insert(0, 1, 10);
  map.before = [](const char*) { return -EPERM; };
  BatchReader reader("m", 3, hash_shape(), map);
  EXPECT_EQ(walk(reader).error().code, EPERM);
  map.before = nullptr;
  EXPECT_EQ(walk(reader)->size(), 1U);
}

TEST(BatchReader, RefusesACountBeyondItsRoom) {
  class LyingKernel final : public MapSyscalls {
    int next_key(int, const void*, void*) override { return -ENOENT; }
    int lookup(int, const void*, void*, std::uint64_t) override { return -ENOENT; }
    int lookup_batch(int, const void*, void*, void*, void*, std::uint32_t* count,
                     std::uint64_t) override {
      *count += 1;
      return -ENOENT;
    }
  } kernel;
  BatchReader reader("m", 3, hash_shape(), kernel);
  EXPECT_EQ(walk(reader).error().code, EOVERFLOW);
}

TEST(BatchReader, ReturnsKeysOfATrieOnceAlthoughTheKernelStartsOver) {
  FakeMapSyscalls map;
  map.insert(0, 1, 10);
  map.insert(1, 2, 20);
  map.insert(2, 3, 30);
  MapShape shape = hash_shape();
  shape.type = BPF_MAP_TYPE_LPM_TRIE;
  // The fake's cursor is a bucket; rotating the buckets once makes the walk see the
  // first ones again.
  int calls = 0;
  map.before = [&](const char*) {
    if (++calls == 2) {
      map.insert(3, 1, 11);
      map.insert(4, 4, 40);
    }
    return 0;
  };
  BatchReader reader("m", 3, shape, map);
  const auto all = UnorderedElementsAre(Pair(1, 10), Pair(2, 20), Pair(3, 30), Pair(4, 40));
  EXPECT_THAT(walk(reader, 2).value(), all);
  EXPECT_THAT(walk(reader, 2).value(), all) << "once a walk";
}

// Rows behind a repeated key move up in their block, each with its value.
TEST(BatchReader, ValuesStayWithTheirKeysWhereARepeatedOneIsDropped) {
  FakeMapSyscalls map;
  map.insert(0, 1, 10);
  map.insert(1, 2, 20);
  map.insert(2, 1, 11);
  map.insert(2, 3, 30);
  map.insert(2, 2, 21);
  map.insert(2, 4, 40);
  map.insert(2, 5, 50);
  MapShape shape = hash_shape();
  shape.type = BPF_MAP_TYPE_LPM_TRIE;
  BatchReader reader("m", 3, shape, map);
  EXPECT_THAT(walk(reader, 2).value(),
              ElementsAre(Pair(1, 10), Pair(2, 20), Pair(3, 30), Pair(4, 40), Pair(5, 50)));
}

TEST(BatchReader, LocksValuesWithASpinLock) {
  FakeMapSyscalls map;
  MapShape shape = hash_shape();
  shape.has_spin_lock = true;
  BatchReader reader("m", 3, shape, map);
  EXPECT_TRUE(walk(reader));
  EXPECT_EQ(map.last_flags, std::uint64_t{BPF_F_LOCK});
}

TEST(BatchReader, CursorHasRoomForAKeyAndAtLeastFourBytes) {
  class CursorKernel final : public MapSyscalls {
   public:
    explicit CursorKernel(std::size_t bytes) : bytes_(bytes) {}
    int next_key(int, const void*, void*) override { return -ENOENT; }
    int lookup(int, const void*, void*, std::uint64_t) override { return -ENOENT; }
    int lookup_batch(int, const void*, void* out, void*, void*, std::uint32_t* count,
                     std::uint64_t) override {
      std::memset(out, 0xff, bytes_);  // under the address sanitizer, too small a cursor fails here
      *count = 0;
      return -ENOENT;
    }

   private:
    std::size_t bytes_;
  };
  for (const std::uint32_t key_size : {1U, 4U, 40U}) {
    MapShape shape = hash_shape();
    shape.key_size = key_size;
    CursorKernel kernel(std::max(key_size, 4U));
    BatchReader reader("m", 3, shape, kernel);
    RowBlock block(shape, 4);
    EXPECT_TRUE(reader.next_batch(block));
  }
}

}  // namespace
}  // namespace bpfmap::kernel
