// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "decode/value_labels.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

// What another reader returns, with what labels are made of in the values behind each key. One
// thread at a time.
class ValueLabelReader final : public kernel::MapReader {
 public:
  ValueLabelReader(std::unique_ptr<kernel::MapReader> entries, decode::ValueLabels labels);

  std::string_view name() const override { return entries_->name(); }
  const kernel::MapShape& shape() const override { return shape_; }
  void rewind() override;
  Result<bool> next_batch(kernel::RowBlock& block) override;

 private:
  std::unique_ptr<kernel::MapReader> entries_;
  decode::ValueLabels labels_;
  kernel::MapShape shape_;
  kernel::RowBlock rows_;  // as they are in the map
};

// `reader` itself where no label is made of a value.
std::unique_ptr<kernel::MapReader> with_value_labels(std::unique_ptr<kernel::MapReader> reader,
                                                     const decode::ValueLabels& labels);

}  // namespace bpfmap::collect
