// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "exposition/formats.h"

namespace bpfmap::collect {

// How the bytes of a format are sent.
enum class Encoding : std::uint8_t { kIdentity, kGzip };
inline constexpr std::size_t kEncodings = 2;

// What is sent of a page that can be written in several ways (RFC 9110, 3.2). A value.
struct Representation {
  exposition::Format format = exposition::Format::kText;
  Encoding encoding = Encoding::kIdentity;

  // Of an array with room for kRepresentations.
  std::size_t index() const {
    return static_cast<std::size_t>(format) * kEncodings + static_cast<std::size_t>(encoding);
  }
};
inline constexpr std::size_t kRepresentations = exposition::kFormats * kEncodings;

}  // namespace bpfmap::collect
