// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include "kernel/loaded_maps.h"
#include "kernel/map_syscalls.h"
#include "kernel/open_reader.h"
#include "support/bpf_requirements.h"

// Every reader against every kind of map that it can read, compared with what bpftool reads.
namespace bpfmap::test {
namespace {

using model::ReaderChoice;

template <typename T>
Bytes bytes_of(T value) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
  return {from, from + sizeof(value)};
}

struct ReaderCase {
  const char* map;
  ReaderChoice choice;
  const char* reader;
};

void PrintTo(const ReaderCase& param, std::ostream* out) { *out << param.map; }

std::string reader_case_name(const ::testing::TestParamInfo<ReaderCase>& info) {
  const bool is_auto = info.param.choice == ReaderChoice::kAuto;
  return std::string(info.param.map) + (is_auto ? "_auto_" : "_") + info.param.reader;
}

class ReaderKernelTest : public BpfTest, public ::testing::WithParamInterface<ReaderCase> {
 protected:
  static void fill(LoadedMaps& maps, const std::string& map) {
    const kernel::MapShape& shape = maps.info(map).shape;
    const bool is_array =
        shape.type == BPF_MAP_TYPE_ARRAY || shape.type == BPF_MAP_TYPE_PERCPU_ARRAY;
    const std::uint32_t count =
        is_array ? shape.max_entries : std::min<std::uint32_t>(shape.max_entries / 2, 500);
    for (std::uint32_t i = 0; i < count; ++i) {
      Bytes key = bytes_of(i);
      if (shape.type == BPF_MAP_TYPE_LPM_TRIE) {
        key = bytes_of(std::uint32_t{32});
        const Bytes address{10, 0, 0, static_cast<std::uint8_t>(i)};
        key.insert(key.end(), address.begin(), address.end());
      }
      const auto value_of = [&](std::uint32_t cpu) {
        Bytes value(shape.value_size);
        const std::uint64_t number = 0x0102030405060708ULL * (i + 1) + cpu;
        // Behind the spin lock, whose bytes user space does not get.
        std::memcpy(value.data() + (shape.has_spin_lock ? 8 : 0), &number,
                    std::min<std::size_t>(sizeof(number), value.size()));
        return value;
      };
      if (!shape.per_cpu) {
        maps.update(map, key.data(), value_of(0).data());
        continue;
      }
      std::vector<Bytes> values;
      for (std::uint32_t cpu = 0; cpu < shape.cpus; ++cpu) values.push_back(value_of(cpu));
      maps.update_cpus(map, key.data(), values);
    }
  }
};

TEST_P(ReaderKernelTest, ReadsWhatBpftoolReads) {
  if (IsSkipped() || HasFatalFailure()) return;
  const ReaderCase& param = GetParam();
  LoadedMaps maps("kinds");
  fill(maps, param.map);
  const kernel::MapShape& shape = maps.info(param.map).shape;
  auto reader = kernel::open_reader(param.map, maps.fd(param.map), shape, param.choice,
                                    kernel::kernel_map_syscalls());
  ASSERT_TRUE(reader) << reader.error().message();
  const bool has_no_batches =
      param.choice == ReaderChoice::kAuto && (*reader)->name() == "next_key";
  if (test::lacks(has_no_batches ? "batches of this kind of map" : "")) return;
  EXPECT_EQ((*reader)->name(), param.reader);

  const std::vector<DumpedRow> truth = sorted(maps.dump(param.map));
  EXPECT_GT(truth.size(), 3U);
  for (const std::uint32_t rows_per_batch : {1U, 7U, 4096U}) {
    const std::vector<DumpedRow> ours = sorted(walk(**reader, shape, rows_per_batch));
    EXPECT_EQ(ours.size(), truth.size()) << rows_per_batch;
    EXPECT_TRUE(ours == truth) << rows_per_batch;
  }
}

INSTANTIATE_TEST_SUITE_P(
    EveryKind, ReaderKernelTest,
    ::testing::Values(ReaderCase{"hash", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"hash", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"array", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"array", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"lru_hash", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"lru_hash", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"lpm_trie", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"lpm_trie", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"percpu_hash", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"percpu_hash", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"percpu_array", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"percpu_array", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"lru_percpu_hash", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"lru_percpu_hash", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"mmapable", ReaderChoice::kAuto, "mmap"},
                      ReaderCase{"mmapable", ReaderChoice::kBatch, "batch"},
                      ReaderCase{"mmapable", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"mmapable_u32", ReaderChoice::kAuto, "mmap"},
                      ReaderCase{"mmapable_u32", ReaderChoice::kBatch, "batch"},
                      ReaderCase{"mmapable_odd", ReaderChoice::kAuto, "mmap"},
                      ReaderCase{"mmapable_odd", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"locked", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"locked", ReaderChoice::kNextKey, "next_key"},
                      ReaderCase{"untyped", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"small_values", ReaderChoice::kAuto, "batch"},
                      ReaderCase{"small_values", ReaderChoice::kNextKey, "next_key"}),
    reader_case_name);

class EmptyMapTest : public BpfTest {};

TEST_F(EmptyMapTest, IsAnEmptyWalkForEveryReader) {
  if (IsSkipped() || HasFatalFailure()) return;
  LoadedMaps maps("kinds");
  for (const char* map : {"hash", "lru_hash", "lpm_trie", "percpu_hash"}) {
    for (const ReaderChoice choice : {ReaderChoice::kBatch, ReaderChoice::kNextKey}) {
      const kernel::MapShape& shape = maps.info(map).shape;
      auto reader =
          kernel::open_reader(map, maps.fd(map), shape, choice, kernel::kernel_map_syscalls());
      ASSERT_TRUE(reader) << map << reader.error().message();
      EXPECT_TRUE(walk(**reader, shape, 16).empty()) << map;
    }
  }
}

}  // namespace
}  // namespace bpfmap::test
