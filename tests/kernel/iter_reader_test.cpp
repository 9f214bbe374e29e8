// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>
#include <utility>

#include "base/unique_fd.h"
#include "kernel/loaded_maps.h"
#include "kernel/map_syscalls.h"
#include "kernel/open_reader.h"
#include "support/bpf_requirements.h"

// The reader iter against the reader next_key and bpftool, whose values of all CPUs are
// added up here.
namespace bpfmap::test {
namespace {

using kernel::MapShape;
using kernel::ReaderOptions;
using model::ReaderChoice;
using ::testing::AnyOf;
using ::testing::HasSubstr;

kernel::TypePtr words(std::uint32_t count) {
  return kernel::array_of(kernel::explicit_type("u64"), count);
}

// Sums of whole words are enough.
ReaderOptions sums(ReaderChoice choice, const MapShape& shape) {
  return {choice, false, words(shape.value_size / 8)};
}

std::vector<DumpedRow> added_up(std::vector<DumpedRow> rows) {
  for (DumpedRow& row : rows) {
    Bytes& sum = row.values.at(0);
    for (std::size_t at = 0; row.values.size() > 1 && at < sum.size(); at += 8) {
      std::uint64_t total = 0;
      for (const Bytes& value : row.values) {
        std::uint64_t word = 0;
        std::memcpy(&word, value.data() + at, sizeof(word));
        total += word;
      }
      std::memcpy(sum.data() + at, &total, sizeof(total));
    }
    row.values.resize(1);
  }
  return sorted(std::move(rows));
}

// A map of the test's own, filled with `count` entries: the value of entry i on CPU c begins with
// (i << 20) + c and has other bytes in all of its words.
class OwnMap {
 public:
  OwnMap(bpf_map_type type, std::uint32_t key_size, std::uint32_t value_size,
         std::uint32_t max_entries) {
    shape.type = type;
    shape.key_size = key_size;
    shape.value_size = value_size;
    shape.max_entries = max_entries;
    shape.per_cpu = type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
                    type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
    if (shape.per_cpu) shape.cpus = static_cast<std::uint32_t>(::libbpf_num_possible_cpus());
    fd = UniqueFd(::bpf_map_create(type, "iter_test", key_size, value_size, max_entries, nullptr));
    EXPECT_TRUE(fd) << errno;
  }

  void put(std::uint32_t i) const {
    Bytes key(shape.key_size);
    std::memcpy(key.data(), &i, std::min<std::size_t>(sizeof(i), key.size()));
    Bytes value(shape.row_value_size());
    for (std::size_t at = 0; at < value.size(); ++at) {
      value[at] = static_cast<std::uint8_t>(at * 31 + i);
    }
    for (std::uint32_t cpu = 0; cpu < shape.cpus && shape.value_size >= 8; ++cpu) {
      const std::uint64_t first = (std::uint64_t{i} << 20) + cpu;
      std::memcpy(value.data() + std::size_t{cpu} * shape.cpu_stride(), &first, sizeof(first));
    }
    EXPECT_EQ(::bpf_map_update_elem(fd.get(), key.data(), value.data(), BPF_ANY), 0) << errno;
  }

  void fill(std::uint32_t count) const {
    for (std::uint32_t i = 0; i < count; ++i) put(i);
  }

  std::unique_ptr<kernel::MapReader> reader(const ReaderOptions& options) const {
    auto reader =
        kernel::open_reader("iter_test", fd.get(), shape, options, kernel::kernel_map_syscalls());
    EXPECT_TRUE(reader) << (reader ? "" : reader.error().message());
    return reader ? *std::move(reader) : nullptr;
  }

  std::string refusal(const ReaderOptions& options) const {
    const auto reader =
        kernel::open_reader("iter_test", fd.get(), shape, options, kernel::kernel_map_syscalls());
    return reader ? "opened" : reader.error().message();
  }

  MapShape shape;
  UniqueFd fd;
};

struct IterCase {
  const char* name;
  bpf_map_type type;
  std::uint32_t key_size;
  std::uint32_t value_size;
  std::uint32_t entries;
};

void PrintTo(const IterCase& param, std::ostream* out) { *out << param.name; }

std::string iter_case_name(const ::testing::TestParamInfo<IterCase>& info) {
  return info.param.name;
}

class IterReaderTest : public MapIteratorTest, public ::testing::WithParamInterface<IterCase> {};

TEST_P(IterReaderTest, ReadsWhatNextKeyReads) {
  if (IsSkipped() || HasFatalFailure()) return;
  const IterCase& param = GetParam();
  const OwnMap map(param.type, param.key_size, param.value_size, param.entries);
  map.fill(param.entries * 3 / 4);
  const auto reference = map.reader(ReaderChoice::kNextKey);
  const auto reader = map.reader(sums(ReaderChoice::kIter, map.shape));
  ASSERT_TRUE(reference && reader);
  EXPECT_EQ(reader->name(), "iter");
  EXPECT_EQ(reader->shape().cpus, 1U);
  const auto truth = added_up(walk(*reference, map.shape, 4096));
  EXPECT_GE(truth.size(), param.entries / 2);
  for (const std::uint32_t rows_per_batch : {4096U, 7U}) {
    const auto ours = added_up(walk(*reader, reader->shape(), rows_per_batch));
    EXPECT_EQ(ours.size(), truth.size()) << rows_per_batch;
    EXPECT_TRUE(ours == truth) << rows_per_batch;
  }
}

INSTANTIATE_TEST_SUITE_P(
    EveryKind, IterReaderTest,
    ::testing::Values(IterCase{"hash", BPF_MAP_TYPE_HASH, 4, 8, 20000},
                      IterCase{"hash_of_odd_sizes", BPF_MAP_TYPE_HASH, 5, 3, 5000},
                      IterCase{"hash_of_large_values", BPF_MAP_TYPE_HASH, 4, 20000, 40},
                      IterCase{"array", BPF_MAP_TYPE_ARRAY, 4, 12, 9000},
                      IterCase{"lru_hash", BPF_MAP_TYPE_LRU_HASH, 16, 8, 4000},
                      IterCase{"percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 20000},
                      IterCase{"percpu_hash_of_structs", BPF_MAP_TYPE_PERCPU_HASH, 12, 24, 5000},
                      IterCase{"percpu_hash_of_64_words", BPF_MAP_TYPE_PERCPU_HASH, 4, 512, 500},
                      IterCase{"percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 16, 5000},
                      IterCase{"lru_percpu_hash", BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 4000}),
    iter_case_name);

class IterTest : public MapIteratorTest {};

TEST_F(IterTest, ReadsWhatBpftoolReads) {
  if (IsSkipped() || HasFatalFailure()) return;
  LoadedMaps maps("kinds");
  const MapShape& shape = maps.info("percpu_hash").shape;
  for (std::uint32_t key = 0; key < 40; ++key) {
    std::vector<Bytes> values(shape.cpus, Bytes(8));
    for (std::uint32_t cpu = 0; cpu < shape.cpus; ++cpu) {
      values[cpu][0] = static_cast<std::uint8_t>(key + cpu);
      values[cpu][7] = 0xc0;  // carries beyond 64 bits
    }
    maps.update_cpus("percpu_hash", &key, values);
  }
  const auto reader = kernel::open_reader(
      "percpu_hash", maps.fd("percpu_hash"), shape,
      {ReaderChoice::kIter, false, maps.info("percpu_hash").value}, kernel::kernel_map_syscalls());
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_TRUE(added_up(walk(**reader, (*reader)->shape(), 16)) ==
              added_up(maps.dump("percpu_hash")));
}

// More CPUs than any test machine has: a hash map whose values are as large. The verifier has to
// follow 65536 additions.
TEST_F(IterTest, TheVerifierAcceptsTheLargestValuesOf1024Cpus) {
  if (IsSkipped() || HasFatalFailure()) return;
  constexpr std::uint32_t kCpus = 1024;
  constexpr std::uint32_t kValue = 512;
  OwnMap map(BPF_MAP_TYPE_HASH, 4, kCpus * kValue, 2);
  map.fill(2);
  const auto reference = map.reader(ReaderChoice::kNextKey);
  ASSERT_TRUE(reference);
  std::vector<DumpedRow> truth = walk(*reference, map.shape, 2);
  for (DumpedRow& row : truth) {
    const Bytes whole = std::exchange(row.values, {}).at(0);
    for (auto at = whole.begin(); at != whole.end(); at += kValue) {
      row.values.emplace_back(at, at + kValue);
    }
  }
  map.shape.type = BPF_MAP_TYPE_PERCPU_HASH;
  map.shape.value_size = kValue;
  map.shape.per_cpu = true;
  map.shape.cpus = kCpus;
  const auto reader = map.reader(sums(ReaderChoice::kIter, map.shape));
  ASSERT_TRUE(reader);
  const auto ours = added_up(walk(*reader, reader->shape(), 2));
  EXPECT_EQ(ours.size(), 2U);
  EXPECT_TRUE(ours == added_up(std::move(truth)));
}

TEST_F(IterTest, FollowsTheMapFromWalkToWalk) {
  if (IsSkipped() || HasFatalFailure()) return;
  const OwnMap map(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 3000);
  const auto reader = map.reader(sums(ReaderChoice::kIter, map.shape));
  const auto reference = map.reader(ReaderChoice::kNextKey);
  ASSERT_TRUE(reference && reader);
  EXPECT_TRUE(walk(*reader, reader->shape(), 16).empty());
  for (std::uint32_t round = 0; round < 5; ++round) {
    for (std::uint32_t i = 0; i < 500; ++i) map.put(round * 300 + i);
    for (std::uint32_t i = 0; i < 200; ++i) {
      const std::uint32_t key = round * 300 + i;
      ::bpf_map_delete_elem(map.fd.get(), &key);
    }
    EXPECT_TRUE(added_up(walk(*reader, reader->shape(), 64)) ==
                added_up(walk(*reference, map.shape, 64)))
        << round;
  }
}

// Other entries come and go as fast as they can, so that buckets change under the walk.
class IterChurnTest : public MapIteratorTest, public ::testing::WithParamInterface<ReaderChoice> {};

TEST_P(IterChurnTest, NothingThatWasSeenIsLostOrTwice) {
  if (IsSkipped() || HasFatalFailure()) return;
  constexpr std::uint32_t kStable = 6000;
  const OwnMap map(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 8000);
  map.fill(kStable);
  const auto reader = map.reader(sums(GetParam(), map.shape));
  ASSERT_TRUE(reader);
  EXPECT_EQ(walk(*reader, reader->shape(), 64).size(), kStable);
  std::atomic<bool> stop{false};
  std::atomic<std::uint32_t> rounds{0};
  std::thread writer([&] {
    for (std::uint32_t i = 0; !stop; ++i, ++rounds) {
      map.put(kStable + i % 1000);
      const std::uint32_t old = kStable + (i + 500) % 1000;
      ::bpf_map_delete_elem(map.fd.get(), &old);
    }
  });
  while (rounds < 1000) std::this_thread::yield();
  for (int i = 0; i < 20 && !HasFailure(); ++i) {
    std::map<std::uint32_t, std::uint64_t> seen;
    std::uint32_t stable = 0;
    reader->rewind();  // with auto, the shape of the rows changes with the reader
    for (const DumpedRow& row : added_up(walk(*reader, reader->shape(), 64))) {
      std::uint32_t key = 0;
      std::uint64_t value = 0;
      std::memcpy(&key, row.key.data(), sizeof(key));
      std::memcpy(&value, row.values.at(0).data(), sizeof(value));
      EXPECT_TRUE(seen.emplace(key, value).second) << "twice: " << key;
      if (key >= kStable) continue;
      ++stable;
      std::uint64_t truth = 0;
      for (std::uint32_t cpu = 0; cpu < map.shape.cpus; ++cpu) {
        truth += (std::uint64_t{key} << 20) + cpu;
      }
      EXPECT_EQ(value, truth) << key;
    }
    EXPECT_EQ(stable, kStable);
  }
  stop = true;
  writer.join();
}

INSTANTIATE_TEST_SUITE_P(WhileEntriesComeAndGo, IterChurnTest,
                         ::testing::Values(ReaderChoice::kIter, ReaderChoice::kAuto),
                         [](const auto& test) {
                           return test.param == ReaderChoice::kIter ? "iter" : "auto";
                         });

TEST_F(IterTest, AValueBeyondTheKernelsBufferIsAnError) {
  if (IsSkipped() || HasFatalFailure()) return;
  const OwnMap map(BPF_MAP_TYPE_HASH, 4, 1U << 20, 2);
  map.fill(1);
  const auto reader = map.reader(ReaderChoice::kIter);
  ASSERT_TRUE(reader);
  reader->rewind();
  kernel::RowBlock block(reader->shape(), 4);
  const auto more = reader->next_batch(block);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, E2BIG);
  EXPECT_THAT(more.error().message(), HasSubstr("larger than the buffer of an iterator"));
}

TEST_F(IterTest, IsRefusedWithTheReason) {
  if (IsSkipped() || HasFatalFailure()) return;
  const OwnMap per_cpu(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 10);
  EXPECT_THAT(per_cpu.refusal(ReaderChoice::kIter), HasSubstr("reader iter: it adds the values"));
  EXPECT_THAT(per_cpu.refusal({ReaderChoice::kIter, false, kernel::explicit_type("f64")}),
              HasSubstr("only values that consist of 8-byte integers"));
  EXPECT_THAT(per_cpu.refusal({ReaderChoice::kIter, false, nullptr}), HasSubstr("have no BTF"));
  OwnMap wrong(BPF_MAP_TYPE_HASH, 4, 8, 10);
  wrong.shape.value_size = 16;  // more than the kernel gives to the program
  EXPECT_THAT(wrong.refusal(ReaderChoice::kIter), HasSubstr("attach its iterator"));
}

TEST_F(IterTest, IsTriedWhereItMayBeFasterAndEveryWalkIsRight) {
  if (IsSkipped() || HasFatalFailure()) return;
  const OwnMap map(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 3000);
  map.fill(2500);
  const auto reader = map.reader(sums(ReaderChoice::kAuto, map.shape));
  const auto reference = map.reader(ReaderChoice::kNextKey);
  ASSERT_TRUE(reference && reader);
  const auto truth = added_up(walk(*reference, map.shape, 64));
  EXPECT_EQ(reader->name(), "batch");
  std::map<std::string, int> walks;
  for (int i = 0; i < 8; ++i) {
    reader->rewind();  // the shape of the rows is known from here on
    ++walks[std::string(reader->name())];
    std::vector<DumpedRow> rows = walk(*reader, reader->shape(), 64);
    EXPECT_TRUE(added_up(std::move(rows)) == truth) << reader->name();
  }
  EXPECT_GE(walks["batch"], 3);
  EXPECT_GE(walks["iter"], 3);
  EXPECT_EQ(walks.size(), 2U);
}

TEST_F(IterTest, IsNotTriedForSmallMapsOrWhereCpusAreWanted) {
  if (IsSkipped() || HasFatalFailure()) return;
  const OwnMap small(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 999);
  const OwnMap large(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 3000);
  const OwnMap plain(BPF_MAP_TYPE_HASH, 4, 8, 3000);
  large.fill(3000);
  plain.fill(3000);
  const auto first = small.reader(sums(ReaderChoice::kAuto, small.shape));
  const auto second = large.reader({ReaderChoice::kAuto, true, words(1)});
  const auto third = plain.reader(sums(ReaderChoice::kAuto, plain.shape));
  ASSERT_TRUE(first && second && third);
  for (int i = 0; i < 4; ++i) {
    for (const auto& reader : {first.get(), second.get(), third.get()}) {
      reader->rewind();
      EXPECT_EQ(reader->name(), "batch");
      walk(*reader, reader->shape(), 512);
    }
  }
}

TEST_F(IterTest, WalksGoOnWhenPrivilegesAreDropped) {
  if (IsSkipped() || HasFatalFailure()) return;
  const OwnMap map(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 100);
  map.fill(50);
  const auto reader = map.reader(sums(ReaderChoice::kIter, map.shape));
  ASSERT_TRUE(reader);
  std::size_t rows = 0;
  std::thread unprivileged([&] {  // capabilities belong to threads
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2] = {};
    EXPECT_EQ(::syscall(SYS_capset, &header, none), 0) << errno;
    rows = walk(*reader, reader->shape(), 16).size();
  });
  unprivileged.join();
  EXPECT_EQ(rows, 50U);
}

}  // namespace
}  // namespace bpfmap::test
