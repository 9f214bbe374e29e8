// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "decode/decoders/text.h"

namespace bpfmap::decode {

// Marks what the decoder before found no name for and left as a number, or as numbers joined by
// colons: the decoder `unnamed`.
struct UnnamedText {
  std::string mark;

  template <typename Sink>
  char* write(std::string_view text, char* out, DecodeState& state) const {
    if (is_unnamed(text)) out = Sink::write(out, mark, state);
    return Sink::write(out, text, state);
  }
  TextTraits traits(const TextTraits& before) const;

 private:
  static bool is_unnamed(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= '0' && c <= '9') || c == ':' || c == '-';
    });
  }
};

}  // namespace bpfmap::decode
