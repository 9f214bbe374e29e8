// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "kernel/loaded_maps.h"
#include "kernel/map_syscalls.h"
#include "kernel/open_reader.h"
#include "support/bpf_requirements.h"

// What the tests of storage maps share: the values of tests/objects/storages.bpf.c, and writing
// them by descriptors.
namespace bpfmap::test {

struct Usage {
  std::uint64_t calls = 0;
  std::uint32_t errors = 0;
  std::uint32_t padding = 0;
};

struct Page {
  std::uint64_t words[128];
};

template <typename T>
T as(const Bytes& bytes) {
  T value;
  EXPECT_EQ(bytes.size(), sizeof(value));
  std::memcpy(&value, bytes.data(), std::min(sizeof(value), bytes.size()));
  return value;
}

inline void put(const LoadedMaps& maps, const std::string& map, int descriptor, const void* value) {
  ASSERT_EQ(::bpf_map_update_elem(maps.fd(map), &descriptor, value, BPF_ANY), 0)
      << map << ": " << errno;
}

inline void put(const LoadedMaps& maps, const std::string& map, int descriptor,
                std::uint64_t calls) {
  const Usage usage{calls, 7, 0};
  put(maps, map, descriptor, &usage);
}

inline std::vector<DumpedRow> read_all(const LoadedMaps& maps, const std::string& map) {
  const kernel::MapInfo& info = maps.info(map);
  auto reader = kernel::open_reader(map, maps.fd(map), info.shape, model::ReaderChoice::kAuto,
                                    kernel::kernel_map_syscalls());
  EXPECT_TRUE(reader) << (reader ? "" : reader.error().message());
  if (!reader) return {};
  EXPECT_EQ((*reader)->name(), "iter");
  walk(**reader, info.shape, 16);
  return walk(**reader, info.shape, 16);  // the second walk is as good as the first
}

class StorageMapTest : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const int cgroup_storage = 32;
    if (lacks(why_not_created(cgroup_storage))) return;
    maps_ = std::make_unique<LoadedMaps>("storages");
  }

  // Older kernels have no storage for cgroups.
  static std::string why_not_created(int type) {
    const int result = ::libbpf_probe_bpf_map_type(static_cast<bpf_map_type>(type), nullptr);
    return result == 0 ? "this kernel has no maps of type " + std::to_string(type) : "";
  }

  std::unique_ptr<LoadedMaps> maps_;
};

}  // namespace bpfmap::test
