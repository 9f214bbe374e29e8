// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/config.h"
#include "exposition/numbers.h"

namespace bpfmap::decode {

// The factor as it is written into a page: "1", "0.000001".
inline std::string text_of(const config::Ratio& ratio) {
  std::string text(exposition::kMaxDoubleChars, '\0');
  const char* end = exposition::write_double(text.data(), ratio.numerator / ratio.denominator);
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

}  // namespace bpfmap::decode
