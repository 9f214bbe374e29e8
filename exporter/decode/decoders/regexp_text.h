// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decoders/text.h"
#include "decode/label_decoder.h"

namespace re2 {
class RE2;
}

namespace bpfmap::decode {

// Regular expressions that decide whether a series is exported: the decoder `regexp`. Immutable;
// any thread.
class Patterns {
 public:
  // They are valid: see why_no_pattern().
  explicit Patterns(const std::vector<std::string>& patterns);

  // What the first pattern that is found in the text makes of it: its first group, or the whole
  // text where it has none. Nothing where no pattern is found.
  std::optional<std::string_view> apply(std::string_view text) const;

  TextTraits traits(const TextTraits& before) const;

 private:
  std::vector<std::shared_ptr<const re2::RE2>> patterns_;
};

// Empty where the pattern is one, otherwise what is wrong with it.
std::string why_no_pattern(const std::string& pattern);

struct PatternText {
  std::shared_ptr<const Patterns> patterns;

  template <typename Sink>
  char* write(std::string_view text, char* out, DecodeState& state) const {
    const std::optional<std::string_view> found = patterns->apply(text);
    if (found) return Sink::write(out, *found, state);
    state.dropped = true;
    return out;
  }
};

}  // namespace bpfmap::decode
