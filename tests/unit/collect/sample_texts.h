// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "collect/sample/map_sample.h"

// All of a sample's text; nothing of a walk that failed.
namespace bpfmap::collect {

inline std::string plain_text(const MapSample& sample) {
  const auto whole = sample.whole({});
  return whole ? whole->body.to_string() : std::string();
}

// How many bytes are in the compressed text.
inline std::uint64_t bytes_in_gzip(const MapSample& sample) {
  const auto whole = sample.whole({.encoding = Encoding::kGzip});
  return whole ? whole->text->plain_bytes() : 0;
}

}  // namespace bpfmap::collect
