// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/key_reader.h"

#include <linux/bpf.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel/open_reader.h"
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

std::vector<std::byte> key_of_number(std::uint64_t number, std::uint32_t key_size) {
  const bool is_width = key_size == 1 || key_size == 2 || key_size == 4 || key_size == 8;
  if (!is_width || (key_size < 8 && number >> (8 * key_size) != 0)) return {};
  std::vector<std::byte> key(key_size);
  const auto* bytes = reinterpret_cast<const std::byte*>(&number);
  const bool little = std::endian::native == std::endian::little;
  std::copy_n(little ? bytes : bytes + (8 - key_size), key_size, key.begin());
  return key;
}

}  // namespace bpfmap::kernel
