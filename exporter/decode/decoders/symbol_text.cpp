// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/symbol_text.h"

namespace bpfmap::decode {

TextTraits symbol_traits(std::size_t most) {
  TextTraits traits;
  traits.max_bytes = most;
  traits.room = most;
  return traits;
}

TextTraits KernelSymbolName::traits(NumberRange) const {
  return symbol_traits(KernelSymbolForm::kMaxBytes);
}

}  // namespace bpfmap::decode
