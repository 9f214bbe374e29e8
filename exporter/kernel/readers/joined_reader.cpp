// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/joined_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace bpfmap::kernel {

void append_rows(const RowBlock& from, const std::vector<std::byte>& suffix, RowBlock& to) {
  std::byte* key = to.keys() + std::size_t{to.count()} * to.key_size();
  for (std::uint32_t row = 0; row < from.count(); ++row) {
    std::memcpy(key, from.key(row), from.key_size());
    std::memcpy(key + from.key_size(), suffix.data(), suffix.size());
    key += to.key_size();
  }
  std::memcpy(to.values() + std::size_t{to.count()} * to.row_value_size(), from.value(0),
              std::size_t{from.count()} * from.row_value_size());
  to.set_count(to.count() + from.count());
}

JoinedReader::JoinedReader(std::vector<JoinedPart> parts)
    : parts_(std::move(parts)), shape_(parts_.front().reader->shape()) {
  shape_.key_size += static_cast<std::uint32_t>(parts_.front().suffix.size());
  std::uint64_t entries = 0;
  for (const JoinedPart& part : parts_) entries += part.reader->shape().max_entries;
  shape_.max_entries = static_cast<std::uint32_t>(std::min<std::uint64_t>(entries, UINT32_MAX));
}

void JoinedReader::rewind() {
  at_ = 0;
  for (JoinedPart& part : parts_) part.reader->rewind();
}

Result<bool> JoinedReader::next_batch(RowBlock& block) {
  block.set_count(0);
  if (at_ == parts_.size()) return false;
  if (block.capacity() == 0) block.reserve(64);
  JoinedPart& part = parts_[at_];
  if (rows_.capacity() < block.capacity()) rows_ = RowBlock(part.reader->shape(), block.capacity());
  Result<bool> more = part.reader->next_batch(rows_);
  if (!more) return more;
  block.reserve(rows_.capacity());
  append_rows(rows_, part.suffix, block);
  if (!*more) ++at_;
  return at_ < parts_.size();
}

std::unique_ptr<MapReader> join_readers(std::vector<JoinedPart> parts) {
  return std::make_unique<JoinedReader>(std::move(parts));
}

}  // namespace bpfmap::kernel
