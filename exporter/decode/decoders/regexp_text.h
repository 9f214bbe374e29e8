// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/text.h"
#include "exposition/utf8.h"

namespace re2 {
class RE2;
}

namespace bpfmap::decode {

// Regular expressions that decide whether a series is exported: the decoder `regexp`.
// Immutable; any thread.
class Patterns {
 public:
  enum class Kept : std::uint8_t {
    kText,   // the first group, or the whole text where there is none
    kMatch,  // the only group, or the part that matches; what has several groups is never found
  };

  // They are valid: see why_no_pattern().
  Patterns(const std::vector<std::string>& patterns, Kept kept);

  // What the first pattern that is found in the text makes of it. Nothing where none is found.
  // `text` is UTF-8: no pattern finds anything around other bytes.
  std::optional<std::string_view> apply(std::string_view text) const;

  TextTraits traits(const TextTraits& before) const;

 private:
  bool cuts() const;

  std::vector<std::shared_ptr<const re2::RE2>> patterns_;
  Kept kept_;
};

// Empty where the pattern is one, otherwise what is wrong with it.
std::string why_no_pattern(const std::string& pattern);

struct PatternText {
  std::shared_ptr<const Patterns> patterns;

  template <typename Sink>
  char* write(std::string_view text, char* out, DecodeState& state) const {
    std::string repaired;
    if (!exposition::is_valid_utf8(text)) {
      repaired = exposition::to_valid_utf8(text);
      state.lossy = true;
      text = repaired;
    }
    const std::optional<std::string_view> found = patterns->apply(text);
    if (found) return Sink::write(out, *found, state);
    state.dropped = true;
    return out;
  }
};

}  // namespace bpfmap::decode
