// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include "kernel/map_types.h"
#include "kernel/open_reader.h"
#include "support/fake_map_syscalls.h"
#include "walk_entries.h"

namespace bpfmap::kernel {
namespace {

using test::FakeMapSyscalls;
using ::testing::HasSubstr;

TEST(OpenReader, FallsBackWhereBatchesAreNotSupported) {
  for (const int refusal : {-524, -EINVAL, -EOPNOTSUPP}) {
    FakeMapSyscalls map;
    map.insert(0, 1, 10);
    map.before = [&](const char* call) {
      return std::string_view(call) == "lookup_batch" ? refusal : 0;
    };
    const auto reader = open_reader("m", 3, hash_shape(), model::ReaderChoice::kAuto, map);
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ((*reader)->name(), "next_key");
    EXPECT_EQ(walk(**reader)->size(), 1U);
  }
}

TEST(OpenReader, PrefersBatches) {
  FakeMapSyscalls map;
  for (std::uint32_t key = 0; key < 100; ++key) map.insert(0, key, key);
  const auto reader = open_reader("m", 3, hash_shape(), model::ReaderChoice::kAuto, map);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->name(), "batch");
  EXPECT_EQ(walk(**reader)->size(), 100U);
}

TEST(OpenReader, SaysWhatTheKernelAnsweredToAForcedReader) {
  FakeMapSyscalls map;
  map.before = [](const char*) { return -524; };
  const auto reader = open_reader("counts", 3, hash_shape(), model::ReaderChoice::kBatch, map);
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("read map 'counts'"));
  EXPECT_THAT(reader.error().message(), HasSubstr("ENOTSUPP"));
}

TEST(OpenReader, MmapNeedsAMmapableArray) {
  FakeMapSyscalls map;
  const auto reader = open_reader("counts", 3, hash_shape(), model::ReaderChoice::kMmap, map);
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("BPF_F_MMAPABLE"));
}

TEST(OpenReader, RefusesMapsThatCannotBeWalked) {
  FakeMapSyscalls map;
  MapShape shape = hash_shape();
  shape.type = BPF_MAP_TYPE_RINGBUF;
  const auto reader = open_reader("events", 3, shape, model::ReaderChoice::kAuto, map);
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
