// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::kernel {

// Records of one size, one behind the other, read from a descriptor in large steps. Records may be
// cut anywhere by a read. Not thread-safe.
class RecordStream {
 public:
  // `record_size` is not 0; `map_name` is for messages.
  RecordStream(std::string map_name, std::size_t record_size);

  // Reads from the beginning of `source`; what was left of another is dropped.
  void open(UniqueFd source);
  void close();
  bool is_open() const { return static_cast<bool>(source_); }

  // The next record, null behind the last. Valid until the next call.
  Result<const std::byte*> next();

 private:
  Result<bool> fill();

  std::string map_name_;
  std::size_t record_size_;
  UniqueFd source_;
  std::vector<std::byte> buffer_;
  std::size_t from_ = 0;  // of what is read and not yet returned
  std::size_t to_ = 0;
};

}  // namespace bpfmap::kernel
