// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "kernel/readers/next_key_reader.h"
#include "support/fake_map_syscalls.h"
#include "walk_entries.h"

namespace bpfmap::kernel {
namespace {

using test::FakeMapSyscalls;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

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

}  // namespace
}  // namespace bpfmap::kernel
