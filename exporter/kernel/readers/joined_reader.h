// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "kernel/map_reader.h"
#include "kernel/open_reader.h"

namespace bpfmap::kernel {

// Puts the rows of `from` into `to` behind those that are there, with `suffix` behind each key;
// `to` has room for them and keys of that size.
void append_rows(const RowBlock& from, const std::vector<std::byte>& suffix, RowBlock& to);

// Walks several maps of the same shape one after the other as if they were one, whose keys say in
// their last bytes which map a row is from. One thread at a time.
class JoinedReader final : public MapReader {
 public:
  // `parts` is not empty.
  explicit JoinedReader(std::vector<JoinedPart> parts);

  std::string_view name() const override { return parts_.front().reader->name(); }
  const MapShape& shape() const override { return shape_; }
  void rewind() override;
  Result<bool> next_batch(RowBlock& block) override;

 private:
  std::vector<JoinedPart> parts_;
  MapShape shape_;
  std::size_t at_ = 0;
  RowBlock rows_;  // of the part that is being walked
};

}  // namespace bpfmap::kernel
