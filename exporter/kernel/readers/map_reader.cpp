// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_reader.h"

namespace bpfmap::kernel {

RowBlock::RowBlock(const MapShape& shape, std::uint32_t capacity)
    : key_size_(shape.key_size), value_size_(shape.row_value_size()), cpus_(shape.cpus) {
  reserve(capacity);
}

void RowBlock::reserve(std::uint32_t capacity) {
  count_ = 0;
  if (capacity <= capacity_) return;
  // Not zeroed: the kernel overwrites what counts, and a million rows need not be touched twice.
  values_at_ = (std::size_t{capacity} * key_size_ + 7) / 8 * 8;
  bytes_ =
      std::make_unique_for_overwrite<std::byte[]>(values_at_ + std::size_t{capacity} * value_size_);
  capacity_ = capacity;
}

}  // namespace bpfmap::kernel
