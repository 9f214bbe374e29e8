// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "kernel/feed_test.h"
#include "kernel/map_syscalls.h"
#include "kernel/readers/inner_maps_reader.h"

// Maps of maps, those that the exporter loads and those of others, while the maps in them
// come and go.
namespace bpfmap::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* kInnerCounter = ", metrics: [ { counter: c_total } ]";

class InnerMapsTest : public FeedTest {
 protected:
  static std::unique_ptr<kernel::MapReader> reader(const LoadedMaps& maps, const std::string& map) {
    const kernel::MapInfo& info = maps.info(map);
    auto opened =
        kernel::open_inner_maps_reader(map, maps.fd(map), info.shape, info.inner->shape,
                                       kernel::ReaderOptions(), kernel::kernel_map_syscalls());
    return *std::move(opened);
  }
  std::unique_ptr<collect::ForeignFeed> pinned(int fd, const std::string& more = "") {
    return feed("pinned: " + folder_.pin(fd, "outer") + more + kInnerCounter);
  }
};

template <typename T>
Bytes raw(const T& value) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
  return {from, from + sizeof(value)};
}

TEST_F(InnerMapsTest, OfAnObjectHoldWhatBpftoolReads) {
  if (cannot_run()) return;
  LoadedMaps maps("inner_maps");
  ASSERT_NE(maps.info("by_index").inner, nullptr);
  for (std::uint32_t key = 0; key < 2; ++key) {
    set(maps.fd("first"), key, 10 + key);
    set(maps.fd("second"), key, 20 + key);
  }
  std::vector<DumpedRow> expected;
  for (std::uint32_t outer = 0; outer < 2; ++outer) {
    for (DumpedRow row : maps.dump(outer == 0 ? "first" : "second")) {
      const Bytes behind = raw(outer);
      row.key.insert(row.key.end(), behind.begin(), behind.end());
      expected.push_back(std::move(row));
    }
  }
  EXPECT_EQ(expected.size(), 4U);
  const auto reader = this->reader(maps, "by_index");
  for (const std::uint32_t capacity : {1U, 3U, 64U}) {
    EXPECT_EQ(walk(*reader, reader->shape(), capacity), expected) << capacity;
  }
  const std::uint32_t slot = 0;
  ASSERT_EQ(::bpf_map_delete_elem(maps.fd("by_index"), &slot), 0);
  EXPECT_EQ(walk(*reader, reader->shape(), 64).size(), 2U);
}

TEST_F(InnerMapsTest, ComeAndGoWhileWalksGoOn) {
  if (cannot_run()) return;
  LoadedMaps maps("inner_maps");
  constexpr std::uint32_t kKeys = 8;
  std::atomic<bool> stop = false;
  // Keys 0 to 7 are replaced again and again by maps that hold {key * 100, key * 100 + 1};
  // key 50 stays.
  const auto put = [&](std::uint32_t key) {
    const UniqueFd inner = create_map(BPF_MAP_TYPE_ARRAY, "inner", 4, 8, 2);
    set(inner.get(), 0, std::uint64_t{key} * 100);
    set(inner.get(), 1, std::uint64_t{key} * 100 + 1);
    set_inner(maps.fd("by_id"), key, inner.get());
  };
  put(50);
  std::thread churn([&] {
    for (std::uint32_t turn = 0; !stop; ++turn) {
      const std::uint32_t key = turn % kKeys;
      put(key);
      const std::uint32_t gone = (turn * 5 + 3) % kKeys;
      ::bpf_map_delete_elem(maps.fd("by_id"), &gone);
    }
  });
  const auto reader = this->reader(maps, "by_id");
  const std::size_t before = open_descriptors();
  int seen = 0;
  // On a machine that is busy hundreds of walks may be over before the other thread has begun.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (int i = 0; i < 300 || (seen == 0 && std::chrono::steady_clock::now() < deadline); ++i) {
    bool stays = false;
    for (const DumpedRow& row : walk(*reader, reader->shape(), 4)) {
      std::uint32_t index = 0;
      std::uint32_t outer = 0;
      std::uint64_t value = 0;
      std::memcpy(&index, row.key.data(), 4);
      std::memcpy(&outer, row.key.data() + 4, 4);
      std::memcpy(&value, row.values.at(0).data(), 8);
      EXPECT_EQ(value, std::uint64_t{outer} * 100 + index);
      stays = stays || outer == 50;
      seen += outer < kKeys ? 1 : 0;
    }
    EXPECT_TRUE(stays);
  }
  stop = true;
  churn.join();
  EXPECT_GT(seen, 0);
  EXPECT_LE(open_descriptors(), before);
}

TEST_F(InnerMapsTest, OfOthersAreDescribedByTheFirst) {
  if (cannot_run()) return;
  const UniqueFd hash = create_map(BPF_MAP_TYPE_HASH, "inner");
  const UniqueFd outer = create_outer(BPF_MAP_TYPE_HASH_OF_MAPS, hash.get());
  const auto found = pinned(outer.get());
  EXPECT_THAT(page(*found), HasSubstr("it is a map of maps, and holds none yet"));
  set(hash.get(), 7, 70);
  set_inner(outer.get(), 3, hash.get());
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{key=\"7\",outer=\"3\"}", "70")));
  const std::uint32_t key = 3;
  ASSERT_EQ(::bpf_map_delete_elem(outer.get(), &key), 0);
  EXPECT_THAT(samples(*found), IsEmpty());
  set_inner(outer.get(), 4, hash.get());
  set_inner(outer.get(), 5, hash.get());
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{key=\"7\",outer=\"4\"}", "70"),
                                           Pair("c_total{key=\"7\",outer=\"5\"}", "70")));
}

TEST_F(InnerMapsTest, OfOthersHaveTheirBtf) {
  if (cannot_run()) return;
  LoadedMaps maps("inner_maps");
  set(maps.fd("second"), 1, 5);
  const auto found = pinned(maps.fd("by_index"),
                            ", skip_zero: true, labels: { slot: { field: key }, "
                            "map: { field: outer } }");
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{slot=\"1\",map=\"1\"}", "5")));
}

TEST_F(InnerMapsTest, PerCpuOnesAreSummedOrLabelled) {
  if (cannot_run()) return;
  const auto cpus = static_cast<std::uint32_t>(::libbpf_num_possible_cpus());
  const UniqueFd inner = create_map(BPF_MAP_TYPE_PERCPU_ARRAY, "inner", 4, 4, 2);
  const UniqueFd outer = create_outer(BPF_MAP_TYPE_ARRAY_OF_MAPS, inner.get(), 3);
  std::vector<std::uint64_t> values(cpus);  // a stride of 8 bytes each
  std::uint64_t sum = 0;
  Samples apart;
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
    values[cpu] = 100 + cpu;
    sum += values[cpu];
    apart["c_total{key=\"1\",outer=\"2\",cpu=\"" + std::to_string(cpu) + "\"}"] =
        std::to_string(values[cpu]);
  }
  const std::uint32_t key = 1;
  ASSERT_EQ(::bpf_map_update_elem(inner.get(), &key, values.data(), 0), 0);
  set_inner(outer.get(), 2, inner.get());
  EXPECT_THAT(samples(*pinned(outer.get(), ", skip_zero: true")),
              ElementsAre(Pair("c_total{key=\"1\",outer=\"2\"}", std::to_string(sum))));
  EXPECT_EQ(samples(*pinned(outer.get(), ", skip_zero: true, cpu: true")), apart);
}

TEST_F(InnerMapsTest, LeaveNothingOpen) {
  if (cannot_run()) return;
  const UniqueFd hash = create_map(BPF_MAP_TYPE_HASH, "inner");
  set(hash.get(), 7, 70);
  const UniqueFd outer = create_outer(BPF_MAP_TYPE_HASH_OF_MAPS, hash.get());
  set_inner(outer.get(), 3, hash.get());
  const auto found = pinned(outer.get());
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(samples(*found).size(), 1U);
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace bpfmap::test
