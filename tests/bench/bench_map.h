// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
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

// A real map with `entries` entries of BenchKey and u64 (or of u32 and u64, for arrays). Throws
// when the kernel refuses: benchmarks need BPF.
class BenchMap {
 public:
  enum class Kind { kHash, kMmapableArray };
  BenchMap(Kind kind, std::uint32_t entries);

  int fd() const { return fd_.get(); }
  const kernel::MapShape& shape() const { return shape_; }
  std::unique_ptr<kernel::MapReader> reader(kernel::ReaderChoice choice) const;
  // One counter with a label for every part of the key.
  decode::MapPlan plan() const;

  // Made at its first use and kept: filling a million entries takes longer than walking them.
  static const BenchMap& hash(std::uint32_t entries);

 private:
  kernel::MapShape shape_;
  UniqueFd fd_;
};

// One walk as the sampler does it: rows are kept.
std::vector<kernel::RowBlock> read_all(kernel::MapReader& reader, const kernel::MapShape& shape);

}  // namespace bpfmap::bench
