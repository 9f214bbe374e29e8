// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/unique_fd.h"
#include "decode/compile_object.h"
#include "kernel/map_reader.h"
#include "kernel/open_reader.h"

namespace bpfmap::bench {

// The key of a typical map with four labels.
struct BenchKey {
  std::uint32_t pid;
  std::uint32_t op;
  char comm[16];
  std::uint64_t cgroup_id;
};
static_assert(sizeof(BenchKey) == 32);

inline constexpr std::uint32_t kBuckets = 27;

// A real map with `entries` entries. Throws when the kernel refuses: benchmarks need BPF.
class BenchMap {
 public:
  enum class Kind {
    kHash,           // BenchKey and u64
    kPerCpuHash,     // the same, with a u64 for each CPU
    kHistograms,     // BenchKey, whose `op` is one of kBuckets slots of exp2, and u64
    kMmapableArray,  // u32 and u64
    kOneLabel,       // hash maps with keys of one, four and ten u32, and u64
    kFourLabels,
    kTenLabels,
  };
  // What a configuration makes of the entries.
  enum class Export {
    kEveryKey,     // a label for every part of the key
    kAggregated,   // of BenchKey only `op` and `comm`: kLabelSets, if there are that many entries
    kAccumulated,  // as kEveryKey, `mode: accumulate`
  };
  static constexpr std::uint32_t kLabelSets = 10000;

  // With `cpus` a kPerCpuHash imitates a machine of so many: a hash whose values are as long, which
  // batches copy just the same.
  BenchMap(Kind kind, std::uint32_t entries, std::uint32_t cpus = 0);

  int fd() const { return fd_.get(); }
  Kind kind() const { return kind_; }
  const kernel::MapShape& shape() const { return shape_; }
  std::uint32_t entries() const { return shape_.max_entries; }
  std::unique_ptr<kernel::MapReader> reader(const kernel::ReaderOptions& options) const;
  decode::MapPlan plan(Export what = Export::kEveryKey) const;
  // How many lines a scrape of it has, comments apart. All begin with kPrefix.
  std::uint64_t sample_lines(Export what) const;
  static constexpr const char* kPrefix = "bench_";

  // Made at its first use and kept: filling a million entries takes longer than walking them.
  static const BenchMap& shared(Kind kind, std::uint32_t entries, std::uint32_t cpus = 0);
  static const BenchMap& hash(std::uint32_t entries) { return shared(Kind::kHash, entries); }

 private:
  Kind kind_;
  kernel::MapShape shape_;
  UniqueFd fd_;
};

// One walk as the sampler does it: rows are kept.
std::vector<kernel::RowBlock> read_all(kernel::MapReader& reader, const kernel::MapShape& shape);

}  // namespace bpfmap::bench
