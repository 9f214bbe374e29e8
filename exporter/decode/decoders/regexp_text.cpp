// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/regexp_text.h"

#include <re2/re2.h>

#include <algorithm>

#include "decode/decoders/builders.h"

namespace bpfmap::decode {
namespace {

bool read_pattern(const Request& request, const config::Tree& tree,
                  std::vector<std::string>& patterns) {
  if (!tree.is_scalar()) {
    request.fail_at(tree.at, "'regexp' needs a regular expression, or a list of them");
    return false;
  }
  if (const std::string why = why_no_pattern(tree.scalar); !why.empty()) {
    request.fail_at(tree.at, "invalid regular expression " + quoted(tree.scalar) + ": " + why);
    return false;
  }
  patterns.push_back(tree.scalar);
  return true;
}

}  // namespace

std::string why_no_pattern(const std::string& pattern) {
  const re2::RE2 compiled(pattern, re2::RE2::Quiet);
  return compiled.ok() ? std::string() : compiled.error();
}

Patterns::Patterns(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    patterns_.push_back(std::make_shared<const re2::RE2>(pattern, re2::RE2::Quiet));
  }
}

std::optional<std::string_view> Patterns::apply(std::string_view text) const {
  const re2::StringPiece input(text.data(), text.size());
  for (const auto& pattern : patterns_) {
    re2::StringPiece found[2];
    const int wanted = pattern->NumberOfCapturingGroups() > 0 ? 2 : 0;
    if (!pattern->Match(input, 0, text.size(), re2::RE2::UNANCHORED, found, wanted)) continue;
    if (wanted == 0) return text;
    return std::string_view(found[1].data(), found[1].size());
  }
  return std::nullopt;
}

TextTraits Patterns::traits(const TextTraits& before) const {
  TextTraits traits = before;
  traits.room = std::max(before.room, before.max_bytes);
  const bool cuts = std::any_of(patterns_.begin(), patterns_.end(), [](const auto& pattern) {
    return pattern->NumberOfCapturingGroups() > 0;
  });
  // The chain is injective if each of its steps is: this one leaves the text as it is, or out.
  traits.is_injective = !cuts;
  if (!cuts) return traits;
  traits.is_comma_free = false;
  traits.is_plain = false;  // a group may be a part of a character: \C
  traits.form = TextTraits::Form::kMixed;
  return traits;
}

std::optional<LaterStep> build_regexp(const Request& request, const TextTraits& before) {
  const config::Tree& arguments = request.arguments;
  std::vector<std::string> patterns;
  bool is_good = true;
  if (arguments.is_sequence() && !arguments.items.empty()) {
    for (const config::Tree& item : arguments.items) {
      is_good = read_pattern(request, item, patterns) && is_good;
    }
  } else {
    is_good = read_pattern(request, arguments, patterns);
  }
  if (!is_good) return std::nullopt;
  auto compiled = std::make_shared<const Patterns>(patterns);
  const TextTraits text = compiled->traits(before);
  return LaterStep{PatternText{std::move(compiled)}, text};
}

}  // namespace bpfmap::decode
