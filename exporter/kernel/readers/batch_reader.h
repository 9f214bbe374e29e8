// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kernel/map_reader.h"
#include "kernel/map_syscalls.h"
#include "kernel/readers/seen_keys.h"

namespace bpfmap::kernel {

// BPF_MAP_LOOKUP_BATCH: thousands of entries a system call. For hash maps the kernel copies whole
// buckets under their lock, so that no key is seen twice; for the others it steps by get_next_key
// itself, and keys that can be deleted (LPM tries) are checked for repetition here.
class BatchReader final : public MapReader {
 public:
  BatchReader(std::string map_name, int fd, const MapShape& shape, MapSyscalls& syscalls);

  std::string_view name() const override { return "batch"; }
  const MapShape& shape() const override { return shape_; }
  void rewind() override;
  Result<bool> next_batch(RowBlock& block) override;

 private:
  int lookup(RowBlock& block, std::uint32_t* count);
  Result<void> make_room(RowBlock& block);
  void drop_repeated(RowBlock& block);

  std::string map_name_;
  int fd_;
  MapShape shape_;
  MapSyscalls& syscalls_;
  std::uint64_t flags_;
  bool may_repeat_;
  SeenKeys seen_;
  // The kernel's cursor is opaque: 4 bytes for hash maps, a key for the others. Two of them,
  // because a call that fails must be repeated from where it began.
  std::vector<std::byte> from_;
  std::vector<std::byte> next_;
  bool started_ = false;
};

}  // namespace bpfmap::kernel
