// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "kernel/map_reader.h"

namespace bpfmap::kernel {

// A read-only mapping of a BPF_F_MMAPABLE array, kept for the reader's life: a walk is a copy
// out of shared memory without a system call. Keys are made up, since an array has no others
// than its indexes.
class MmapReader final : public MapReader {
 public:
  static Result<std::unique_ptr<MmapReader>> open(const std::string& map_name, int fd,
                                                  const MapShape& shape);
  ~MmapReader() override;
  MmapReader(const MmapReader&) = delete;
  MmapReader& operator=(const MmapReader&) = delete;

  std::string_view name() const override { return "mmap"; }
  const MapShape& shape() const override { return shape_; }
  void rewind() override { index_ = 0; }
  Result<bool> next_batch(RowBlock& block) override;

 private:
  MmapReader(const MapShape& shape, const std::byte* memory, std::size_t length);

  MapShape shape_;
  const std::byte* memory_;
  std::size_t length_;
  std::uint32_t index_ = 0;
};

}  // namespace bpfmap::kernel
