// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "kernel/map_reader.h"
#include "kernel/open_reader.h"

namespace bpfmap::kernel {

// Reads a global variable as if it were an array map: its elements by index. The section is mapped
// into memory once; a walk is a copy without a system call. Where the kernel cannot map it (before
// Linux 5.5) the section is looked up. One thread at a time.
class VariableReader final : public MapReader {
 public:
  // `section` is the section's map, an array of one entry of `section_size` bytes; the descriptor
  // outlives the reader. `name` is for messages.
  static Result<std::unique_ptr<MapReader>> open(const std::string& name, int section,
                                                 std::uint32_t section_size,
                                                 const VariablePlace& place);
  ~VariableReader() override;
  VariableReader(const VariableReader&) = delete;
  VariableReader& operator=(const VariableReader&) = delete;

  std::string_view name() const override { return memory_ != nullptr ? "mmap" : "lookup"; }
  const MapShape& shape() const override { return shape_; }
  void rewind() override { at_ = 0; }
  Result<bool> next_batch(RowBlock& block) override;

 private:
  VariableReader(std::string name, int section, std::uint32_t section_size,
                 const VariablePlace& place);
  Result<const std::byte*> read_section();

  std::string name_;
  int section_;
  std::uint32_t section_size_;
  VariablePlace place_;
  MapShape shape_;
  const std::byte* memory_ = nullptr;
  std::unique_ptr<std::byte[]> copy_;  // where it cannot be mapped
  std::uint32_t at_ = 0;
};

}  // namespace bpfmap::kernel
