// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/key_reader.h"

#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {

KeyReader::KeyReader(std::string map_name, int fd, const MapShape& shape,
                     std::vector<std::byte> key, MapSyscalls& syscalls)
    : map_name_(std::move(map_name)),
      fd_(fd),
      shape_(shape),
      key_(std::move(key)),
      syscalls_(syscalls) {}

Result<bool> KeyReader::next_batch(RowBlock& block) {
  block.set_count(0);
  if (block.capacity() == 0) block.reserve(1);
  const std::uint64_t flags = shape_.has_spin_lock ? BPF_F_LOCK : 0;
  int error = 0;
  do {
    error = syscalls_.lookup(fd_, key_.data(), block.values(), flags);
  } while (error == -EINTR || error == -EAGAIN);
  if (error == -ENOENT) return false;
  if (error != 0) return walk_error(map_name_, -error, "look up a key");
  std::memcpy(block.keys(), key_.data(), key_.size());
  block.set_count(1);
  return false;
}

}  // namespace bpfmap::kernel
