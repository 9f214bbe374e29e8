// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace bpfmap::kernel {

// Structures within the bytes of a file, where they have any place, aligned or not.

// The caller has seen to it that all of it is there.
template <typename T>
T read_at(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

// Whatever the numbers are: their sum need not fit.
inline bool is_within(std::uint64_t size, std::uint64_t offset, std::uint64_t length) {
  return offset <= size && length <= size - offset;
}

}  // namespace bpfmap::kernel
