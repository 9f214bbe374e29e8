// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <string>

namespace bpfmap::kernel {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

MapShape shape(std::uint32_t type, std::uint32_t key, std::uint32_t value, std::uint32_t entries) {
  MapShape made;
  made.type = type;
  made.key_size = key;
  made.value_size = value;
  made.max_entries = entries;
  made.per_cpu = type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY;
  return made;
}

std::string why_not(std::uint32_t type, std::uint32_t key, std::uint32_t value,
                    std::uint32_t entries) {
  return why_not_creatable(shape(type, key, value, entries));
}

TEST(MapSizes, ThatAreRight) {
  EXPECT_EQ(why_not(BPF_MAP_TYPE_HASH, 1, 1, 1), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_HASH, 8, 8, 1U << 27), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_ARRAY, 4, 1, 1U << 30), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 32768, 1), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 0), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_LPM_TRIE, 8, 4, 10), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_STACK_TRACE, 4, 1016, 10), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_QUEUE, 0, 4, 10), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, 0), "");
  EXPECT_EQ(why_not(BPF_MAP_TYPE_TASK_STORAGE, 4, 8, 0), "");
  EXPECT_EQ(why_not(1000, 0, 0, 0), "") << "of a type that this version does not know";
}

TEST(MapSizes, WithoutEntries) {
  for (const std::uint32_t type :
       {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_HASH,
        BPF_MAP_TYPE_PROG_ARRAY, BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_CPUMAP}) {
    EXPECT_THAT(why_not(type, 4, 4, 0), StartsWith("max_entries is 0: ")) << type;
  }
  EXPECT_THAT(why_not(BPF_MAP_TYPE_STACK_TRACE, 4, 1016, 0), StartsWith("max_entries is 0: "));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_LPM_TRIE, 8, 4, 0), StartsWith("max_entries is 0: "));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_RINGBUF, 0, 0, 0),
              StartsWith("max_entries is 0: a ring buffer has a power of two"));
}

TEST(MapSizes, WithTooManyEntries) {
  EXPECT_THAT(why_not(BPF_MAP_TYPE_HASH, 4, 4, (1U << 27) + 1), HasSubstr("134217728"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_HASH, 4, 4, 1U << 31),
              StartsWith("max_entries is 2147483648: "));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_ARRAY, 4, 4, 1U << 31), HasSubstr("too many"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_LPM_TRIE, 8, 4, 1U << 31), HasSubstr("too many"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_TASK_STORAGE, 4, 8, 5), HasSubstr("takes no number"));
}

TEST(MapSizes, WithKeysOfAnotherSize) {
  EXPECT_THAT(why_not(BPF_MAP_TYPE_HASH, 0, 4, 1), StartsWith("key_size is 0: a hash needs a key"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_ARRAY, 8, 4, 1),
              StartsWith("key_size is 8: an array has keys of 4 bytes"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_STACK_TRACE, 8, 1016, 1), HasSubstr("keys of 4 bytes"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_LPM_TRIE, 4, 4, 1), HasSubstr("1 to 256 bytes of data"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_LPM_TRIE, 261, 4, 1), HasSubstr("1 to 256 bytes of data"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_RINGBUF, 4, 0, 4096), HasSubstr("has no keys"));
}

TEST(MapSizes, WithValuesOfAnotherSize) {
  EXPECT_THAT(why_not(BPF_MAP_TYPE_HASH, 4, 0, 1), StartsWith("value_size is 0: "));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_PERCPU_HASH, 4, 32769, 1), HasSubstr("32 KiB"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 40000, 1), HasSubstr("32 KiB"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_ARRAY, 4, 1U << 31, 1), HasSubstr("2 GiB"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_STACK_TRACE, 4, 4, 1), HasSubstr("addresses of 8 bytes"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_HASH_OF_MAPS, 4, 8, 1), HasSubstr("values of 4 bytes"));
  if (sysconf(_SC_PAGESIZE) == 4096) {
    EXPECT_THAT(why_not(BPF_MAP_TYPE_HASH, 4, 4 << 20, 1), HasSubstr("less than 4 MiB"));
  }
}

TEST(MapSizes, OfRingBuffers) {
  const auto page = static_cast<std::uint32_t>(sysconf(_SC_PAGESIZE));
  EXPECT_EQ(why_not(BPF_MAP_TYPE_RINGBUF, 0, 0, page * 4), "");
  EXPECT_THAT(why_not(BPF_MAP_TYPE_RINGBUF, 0, 0, page * 3), HasSubstr("a power of two"));
  EXPECT_THAT(why_not(BPF_MAP_TYPE_RINGBUF, 0, 0, page / 2), HasSubstr("whole pages"));
}

TEST(MapSizes, ThatAreUsual) {
  EXPECT_EQ(usual_sizes(shape(BPF_MAP_TYPE_HASH, 4, 4, 0)).max_entries, 10240U);
  EXPECT_EQ(usual_sizes(shape(BPF_MAP_TYPE_HASH, 4, 4, 7)), MapSizes{});
  EXPECT_EQ(usual_sizes(shape(BPF_MAP_TYPE_TASK_STORAGE, 4, 4, 0)), MapSizes{});
  for (const std::uint32_t type : {BPF_MAP_TYPE_STACK_TRACE, BPF_MAP_TYPE_RINGBUF}) {
    MapShape open = shape(type, type == BPF_MAP_TYPE_RINGBUF ? 0 : 4, 0, 0);
    const MapSizes sizes = usual_sizes(open);
    open.max_entries = sizes.max_entries.value_or(0);
    open.value_size = sizes.value_size.value_or(0);
    EXPECT_EQ(why_not_creatable(open), "") << type;
  }
}

}  // namespace
}  // namespace bpfmap::kernel
