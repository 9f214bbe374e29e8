// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/map_reader.h"
#include "kernel/map_syscalls.h"

namespace bpfmap::kernel {

// Reads one entry of a map, by one lookup a walk, and nothing where it is not there. One thread
// at a time.
class KeyReader final : public MapReader {
 public:
  // `key` has the map's key size.
  KeyReader(std::string map_name, int fd, const MapShape& shape, std::vector<std::byte> key,
            MapSyscalls& syscalls);

  std::string_view name() const override { return "key"; }
  const MapShape& shape() const override { return shape_; }
  void rewind() override {}
  Result<bool> next_batch(RowBlock& block) override;

 private:
  std::string map_name_;
  int fd_;
  MapShape shape_;
  std::vector<std::byte> key_;
  MapSyscalls& syscalls_;
};

}  // namespace bpfmap::kernel
