// SPDX-License-Identifier: Apache-2.0
#include "collect/value_label_reader.h"

#include <cstring>
#include <utility>

namespace bpfmap::collect {

ValueLabelReader::ValueLabelReader(std::unique_ptr<kernel::MapReader> entries,
                                   decode::ValueLabels labels)
    : entries_(std::move(entries)), labels_(std::move(labels)), shape_(entries_->shape()) {
  shape_.key_size += labels_.bytes();
}

void ValueLabelReader::rewind() {
  entries_->rewind();
  // It may choose anew how it reads.
  shape_ = entries_->shape();
  shape_.key_size += labels_.bytes();
  rows_ = {};
}

Result<bool> ValueLabelReader::next_batch(kernel::RowBlock& block) {
  block.set_count(0);
  if (block.capacity() == 0) block.reserve(64);
  if (rows_.capacity() < block.capacity()) {
    rows_ = kernel::RowBlock(entries_->shape(), block.capacity());
  }
  Result<bool> more = entries_->next_batch(rows_);
  if (!more) return more;
  if (block.capacity() < rows_.capacity()) block.reserve(rows_.capacity());
  std::byte* key = block.keys();
  for (std::uint32_t row = 0; row < rows_.count(); ++row) {
    std::memcpy(key, rows_.key(row), rows_.key_size());
    labels_.write(rows_, row, key + rows_.key_size());
    key += block.key_size();
  }
  if (rows_.count() > 0) {
    std::memcpy(block.values(), rows_.value(0),
                std::size_t{rows_.count()} * rows_.row_value_size());
  }
  block.set_count(rows_.count());
  return more;
}

std::unique_ptr<kernel::MapReader> with_value_labels(std::unique_ptr<kernel::MapReader> reader,
                                                     const decode::ValueLabels& labels) {
  if (labels.empty()) return reader;
  return std::make_unique<ValueLabelReader>(std::move(reader), labels);
}

}  // namespace bpfmap::collect
