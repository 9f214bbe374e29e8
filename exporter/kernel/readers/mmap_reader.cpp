// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/mmap_reader.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/readers/walk_error.h"

namespace bpfmap::kernel {
namespace {

// The kernel lays elements of an array out at multiples of 8 bytes (array_map_alloc).
std::size_t element_stride(const MapShape& shape) {
  return (std::size_t{shape.value_size} + 7) / 8 * 8;
}

}  // namespace

Result<std::unique_ptr<MmapReader>> MmapReader::open(const std::string& map_name, int fd,
                                                     const MapShape& shape) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t length = (element_stride(shape) * shape.max_entries + page - 1) / page * page;
  void* memory = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return walk_error(map_name, errno, "mmap");
  return std::unique_ptr<MmapReader>(
      new MmapReader(shape, static_cast<const std::byte*>(memory), length));
}

MmapReader::MmapReader(const MapShape& shape, const std::byte* memory, std::size_t length)
    : shape_(shape), memory_(memory), length_(length) {}

MmapReader::~MmapReader() { ::munmap(const_cast<std::byte*>(memory_), length_); }

Result<bool> MmapReader::next_batch(RowBlock& block) {
  if (block.capacity() == 0) block.reserve(64);
  const std::uint32_t count = std::min(block.capacity(), shape_.max_entries - index_);
  const std::size_t stride = element_stride(shape_);
  for (std::uint32_t row = 0; row < count; ++row) {
    const std::uint32_t index = index_ + row;
    std::memcpy(block.keys() + std::size_t{row} * sizeof(index), &index, sizeof(index));
  }
  const std::byte* from = memory_ + index_ * stride;
  if (stride == shape_.value_size) {
    std::memcpy(block.values(), from, count * stride);
  } else {
    for (std::uint32_t row = 0; row < count; ++row) {
      std::memcpy(block.values() + std::size_t{row} * shape_.value_size, from + row * stride,
                  shape_.value_size);
    }
  }
  block.set_count(count);
  index_ += count;
  return index_ < shape_.max_entries;
}

}  // namespace bpfmap::kernel
