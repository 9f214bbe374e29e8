// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/unnamed.h"

#include "decode/decoders/builders.h"

// The argument of the decoder `unnamed`: what is put before such a text.
//   unnamed: "unknown:"
namespace bpfmap::decode {

TextTraits UnnamedText::traits(const TextTraits& before) const {
  TextTraits text = before;
  text.max_bytes += mark.size();
  text.room += mark.size();
  text.is_plain = before.is_plain && is_plain_text(mark);
  text.is_injective = false;  // a name may look like a number that is marked
  text.is_comma_free = false;
  text.form = TextTraits::Form::kOther;
  return text;
}

std::optional<LaterStep> build_unnamed(const Request& request, const TextTraits& before) {
  constexpr const char* kMark = "unknown:";
  const config::Tree& arguments = request.arguments;
  if (!arguments.is_null() && (!arguments.is_scalar() || arguments.scalar.empty())) {
    request.fail_at(arguments.at,
                    "'unnamed' takes the text to put before a number: 'unnamed: "
                    "\"unknown:\"'");
    return std::nullopt;
  }
  UnnamedText step{arguments.is_null() ? kMark : arguments.scalar};
  const TextTraits text = step.traits(before);
  return LaterStep{std::move(step), text};
}

}  // namespace bpfmap::decode
