// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kernel/map_reader.h"
#include "kernel/map_syscalls.h"
#include "kernel/readers/seen_keys.h"

namespace bpfmap::kernel {

// BPF_MAP_GET_NEXT_KEY and BPF_MAP_LOOKUP_ELEM, two system calls an entry: what every kernel and
// every walkable map type has, and the reference that the other readers are tested against.
class NextKeyReader final : public MapReader {
 public:
  NextKeyReader(std::string map_name, int fd, const MapShape& shape, MapSyscalls& syscalls);

  std::string_view name() const override { return "next_key"; }
  const MapShape& shape() const override { return shape_; }
  void rewind() override;
  Result<bool> next_batch(RowBlock& block) override;

 private:
  bool is_the_end();

  std::string map_name_;
  int fd_;
  MapShape shape_;
  MapSyscalls& syscalls_;
  std::uint64_t flags_;
  bool may_repeat_;  // keys of arrays cannot be deleted
  SeenKeys seen_;
  std::vector<std::byte> key_;
  std::vector<std::byte> next_;
  bool started_ = false;
  std::vector<std::byte> ended_at_;  // a key that did not exist when the kernel said "the end"
};

}  // namespace bpfmap::kernel
