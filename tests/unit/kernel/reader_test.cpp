// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "kernel/batch_reader.h"
#include "kernel/map_types.h"
#include "kernel/next_key_reader.h"
#include "kernel/open_reader.h"
#include "support/fake_map_syscalls.h"

namespace bpfmap::kernel {
namespace {

using test::FakeMapSyscalls;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using EntryList = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

MapShape hash_shape(std::uint32_t max_entries = 1000) {
  MapShape shape;
  shape.type = BPF_MAP_TYPE_HASH;
  shape.key_size = 4;
  shape.value_size = 8;
  shape.max_entries = max_entries;
  return shape;
}

Result<EntryList> walk(MapReader& reader, std::uint32_t capacity = 4) {
  EntryList entries;
  reader.rewind();
  for (int batches = 0; batches < 10000; ++batches) {
    RowBlock block(hash_shape(), capacity);
    const auto more = reader.next_batch(block);
    if (!more) return tl::unexpected(more.error());
    for (std::uint32_t row = 0; row < block.count(); ++row) {
      std::uint32_t key = 0;
      std::uint64_t value = 0;
      std::memcpy(&key, block.key(row), sizeof(key));
      std::memcpy(&value, block.value(row), sizeof(value));
      entries.emplace_back(key, value);
    }
    if (!*more) return entries;
  }
  ADD_FAILURE() << "a walk without end";
  return entries;
}

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
  // The fake's cursor is a bucket; rotating the buckets once makes the walk see the first ones
  // again.
  int calls = 0;
  map.before = [&](const char*) {
    if (++calls == 2) {
      map.insert(3, 1, 11);
      map.insert(4, 4, 40);
    }
    return 0;
  };
  BatchReader reader("m", 3, shape, map);
  EXPECT_THAT(walk(reader, 2).value(),
              UnorderedElementsAre(Pair(1, 10), Pair(2, 20), Pair(3, 30), Pair(4, 40)));
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

TEST(NextKeyReader, WalksInPieces) {
  FakeMapSyscalls map;
  for (std::uint32_t key = 0; key < 10; ++key) map.insert(0, key, key * 2);
  NextKeyReader reader("m", 3, hash_shape(), map);
  EXPECT_EQ(walk(reader, 3)->size(), 10U);
}

TEST(NextKeyReader, SkipsAKeyThatVanishesBetweenTheTwoCalls) {
  FakeMapSyscalls map;
  map.insert(0, 1, 10);
  map.insert(0, 2, 20);
  map.insert(0, 3, 30);
  bool erased = false;
  map.before = [&](const char* call) {
    if (std::string_view(call) == "lookup" && map.lookup_calls == 2 && !erased) {
      map.erase(2);
      erased = true;
    }
    return 0;
  };
  NextKeyReader reader("m", 3, hash_shape(), map);
  EXPECT_THAT(walk(reader).value(), UnorderedElementsAre(Pair(1, 10), Pair(3, 30)));
}

TEST(NextKeyReader, ReturnsNoKeyTwiceWhenTheKernelStartsOver) {
  FakeMapSyscalls map;
  for (std::uint32_t key = 1; key <= 5; ++key) map.insert(0, key, key);
  map.before = [&](const char* call) {
    // The key that the walk stands on is deleted: the kernel answers with the first key again.
    if (std::string_view(call) == "next_key" && map.next_key_calls == 4) map.erase(3);
    return 0;
  };
  NextKeyReader reader("m", 3, hash_shape(), map);
  EXPECT_THAT(walk(reader).value(),
              UnorderedElementsAre(Pair(1, 1), Pair(2, 2), Pair(3, 3), Pair(4, 4), Pair(5, 5)));
}

TEST(NextKeyReader, GivesUpAWalkThatStartsOverForEver) {
  FakeMapSyscalls map;
  for (std::uint32_t key = 0; key < 4; ++key) map.insert(0, key, key);
  // A writer that deletes what the walk stands on and puts it back, each time.
  class Churn final : public MapSyscalls {
   public:
    int next_key(int, const void*, void* next) override {
      const std::uint32_t first = 7;
      std::memcpy(next, &first, sizeof(first));
      ++calls;
      return 0;
    }
    int lookup(int, const void*, void*, std::uint64_t) override { return 0; }
    int lookup_batch(int, const void*, void*, void*, void*, std::uint32_t*,
                     std::uint64_t) override {
      return -ENOTSUP;
    }
    int calls = 0;
  } churn;
  NextKeyReader reader("m", 3, hash_shape(100), churn);
  const auto entries = walk(reader);
  ASSERT_FALSE(entries);
  EXPECT_THAT(entries.error().message(), HasSubstr("given up"));
  EXPECT_LT(churn.calls, 2000);
}

// Maps of cgroup storage: a list, in which a missing key has no next one.
class CgroupList final : public MapSyscalls {
 public:
  int next_key(int, const void* key, void* next) override {
    if (before) before(++calls);
    std::size_t index = 0;
    if (key != nullptr) {
      std::uint32_t after = 0;
      std::memcpy(&after, key, sizeof(after));
      const auto found = std::find(keys.begin(), keys.end(), after);
      if (found == keys.end()) return -ENOENT;
      index = static_cast<std::size_t>(found - keys.begin()) + 1;
    }
    const std::uint32_t made_up = 0xdead;
    if (index >= keys.size() && (!goes_beyond_the_end || keys.empty())) return -ENOENT;
    std::memcpy(next, index < keys.size() ? &keys[index] : &made_up, sizeof(made_up));
    return 0;
  }
  int lookup(int, const void* key, void* value, std::uint64_t) override {
    std::uint32_t wanted = 0;
    std::memcpy(&wanted, key, sizeof(wanted));
    if (std::find(keys.begin(), keys.end(), wanted) == keys.end()) return -ENOENT;
    const std::uint64_t number = wanted * 10;
    std::memcpy(value, &number, sizeof(number));
    return 0;
  }
  int lookup_batch(int, const void*, void*, void*, void*, std::uint32_t*, std::uint64_t) override {
    return -ENOTSUP;
  }

  std::vector<std::uint32_t> keys = {1, 2, 3, 4, 5};
  bool goes_beyond_the_end = false;  // as the kernel does up to at least 6.18
  std::function<void(int)> before;
  int calls = 0;
};

MapShape cgroup_storage_shape() {
  MapShape shape = hash_shape(0);  // their max_entries is 0
  shape.type = BPF_MAP_TYPE_CGROUP_STORAGE;
  return shape;
}

TEST(NextKeyReader, StartsOverWhereCgroupStorageEndsAtADeletedKey) {
  for (const bool goes_beyond_the_end : {false, true}) {
    CgroupList map;
    map.goes_beyond_the_end = goes_beyond_the_end;
    map.before = [&](int call) {
      if (call == 4) std::erase(map.keys, 3U);  // the walk stands on it
    };
    NextKeyReader reader("m", 3, cgroup_storage_shape(), map);
    EXPECT_THAT(walk(reader).value(), UnorderedElementsAre(Pair(1, 10), Pair(2, 20), Pair(3, 30),
                                                           Pair(4, 40), Pair(5, 50)));
  }
}

TEST(NextKeyReader, CgroupStorageMayGoBeyondItsEnd) {
  CgroupList map;
  map.goes_beyond_the_end = true;
  NextKeyReader reader("m", 3, cgroup_storage_shape(), map);
  EXPECT_EQ(walk(reader)->size(), 5U);
  EXPECT_EQ(walk(reader)->size(), 5U);
  map.keys.clear();
  EXPECT_EQ(walk(reader)->size(), 0U);
}

TEST(NextKeyReader, CgroupStorageHasNoLimit) {
  CgroupList map;
  map.keys.resize(5000);
  for (std::uint32_t i = 0; i < 5000; ++i) map.keys[i] = i;
  map.goes_beyond_the_end = true;  // 5000 keys, twice
  NextKeyReader reader("m", 3, cgroup_storage_shape(), map);
  EXPECT_EQ(walk(reader, 512)->size(), 5000U);
}

TEST(OpenReader, FallsBackWhereBatchesAreNotSupported) {
  for (const int refusal : {-524, -EINVAL, -EOPNOTSUPP}) {
    FakeMapSyscalls map;
    map.insert(0, 1, 10);
    map.before = [&](const char* call) {
      return std::string_view(call) == "lookup_batch" ? refusal : 0;
    };
    const auto reader = open_reader("m", 3, hash_shape(), ReaderChoice::kAuto, map);
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ((*reader)->name(), "next_key");
    EXPECT_EQ(walk(**reader)->size(), 1U);
  }
}

TEST(OpenReader, PrefersBatches) {
  FakeMapSyscalls map;
  for (std::uint32_t key = 0; key < 100; ++key) map.insert(0, key, key);
  const auto reader = open_reader("m", 3, hash_shape(), ReaderChoice::kAuto, map);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->name(), "batch");
  EXPECT_EQ(walk(**reader)->size(), 100U);
}

TEST(OpenReader, SaysWhatTheKernelAnsweredToAForcedReader) {
  FakeMapSyscalls map;
  map.before = [](const char*) { return -524; };
  const auto reader = open_reader("counts", 3, hash_shape(), ReaderChoice::kBatch, map);
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("read map 'counts'"));
  EXPECT_THAT(reader.error().message(), HasSubstr("ENOTSUPP"));
}

TEST(OpenReader, MmapNeedsAMmapableArray) {
  FakeMapSyscalls map;
  const auto reader = open_reader("counts", 3, hash_shape(), ReaderChoice::kMmap, map);
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("BPF_F_MMAPABLE"));
}

TEST(OpenReader, RefusesMapsThatCannotBeWalked) {
  FakeMapSyscalls map;
  MapShape shape = hash_shape();
  shape.type = BPF_MAP_TYPE_RINGBUF;
  const auto reader = open_reader("events", 3, shape, ReaderChoice::kAuto, map);
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("a ringbuf cannot be walked: it carries events"));
}

TEST(OpenReader, WalksDisturbLruMapsBeforeLinux52) {
  EXPECT_TRUE(walk_disturbs(BPF_MAP_TYPE_LRU_HASH, 5, 1));
  EXPECT_TRUE(walk_disturbs(BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 19));
  EXPECT_FALSE(walk_disturbs(BPF_MAP_TYPE_LRU_HASH, 5, 2));
  EXPECT_FALSE(walk_disturbs(BPF_MAP_TYPE_LRU_HASH, 6, 1));
  EXPECT_FALSE(walk_disturbs(BPF_MAP_TYPE_HASH, 4, 19));
}

TEST(MapShape, PerCpuValuesAreRoundedUpToEightBytesForEveryCpu) {
  MapShape shape = hash_shape();
  shape.type = BPF_MAP_TYPE_PERCPU_HASH;
  shape.per_cpu = true;
  shape.cpus = 3;
  shape.value_size = 12;
  EXPECT_EQ(shape.cpu_stride(), 16U);
  EXPECT_EQ(shape.row_value_size(), 48U);
}

}  // namespace
}  // namespace bpfmap::kernel
