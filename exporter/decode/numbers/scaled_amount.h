// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "config/config.h"
#include "decode/numbers/amount.h"

namespace bpfmap::decode {

// An amount in the unit of its metric, as layouts take it (exposition::SampleValue). A view: the
// amount outlives it.
struct ScaledAmount {
  const Amount& amount;
  config::Ratio scale;

  static constexpr std::size_t kMaxChars = Amount::kMaxChars;
  char* write(char* out) const { return amount.write(out, scale); }
};

}  // namespace bpfmap::decode
