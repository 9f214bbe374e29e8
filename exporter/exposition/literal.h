// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace bpfmap::exposition {

// A constant piece of text between the changing parts of a line. It is copied in whole blocks, of
// one load and one store each: calls of memcpy() for a dozen bytes at a time were a tenth of the
// cost of a sample. Immutable; copies share it.
class Literal {
 public:
  // What write() may touch behind the text.
  static constexpr std::size_t kSlack = 16;

  explicit Literal(std::string_view text) : size_(text.size()), blocks_(copy_of(text)) {}

  std::size_t size() const { return size_; }

  // Writes at `out`, which has room for size() + kSlack; returns the end of the text.
  char* write(char* out) const {
    for (std::size_t at = 0; at < size_; at += kSlack) {
      std::memcpy(out + at, blocks_.get() + at, kSlack);
    }
    return out + size_;
  }

 private:
  static std::shared_ptr<const char[]> copy_of(std::string_view text) {
    auto blocks = std::make_shared<char[]>(text.size() + kSlack);
    text.copy(blocks.get(), text.size());
    return blocks;
  }

  std::size_t size_;
  std::shared_ptr<const char[]> blocks_;
};

}  // namespace bpfmap::exposition
