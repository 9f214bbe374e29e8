// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/regexp_text.h"

#include <re2/re2.h>

#include <algorithm>

#include "decode/decoders/arguments.h"
#include "decode/decoders/builders.h"

namespace bpfmap::decode {
namespace {

// What several groups have is never found where only matches are kept.
void check_groups(const Request& request, const config::Tree& tree) {
  const re2::RE2 compiled(tree.scalar, re2::RE2::Quiet);
  if (compiled.NumberOfCapturingGroups() <= 1) return;
  request.diagnostics.warning(
      tree.at, in_quotes(tree.scalar) +
                   " has more than one group, and is never found: ebpf_exporter passes over such "
                   "expressions; write (?:...) where a group is not to be kept");
}

bool read_pattern(const Request& request, const config::Tree& tree, Patterns::Kept kept,
                  std::vector<std::string>& patterns) {
  if (!tree.is_scalar()) {
    request.fail_at(tree.at, "'regexp' needs a regular expression, or a list of them");
    return false;
  }
  if (const std::string why = why_no_pattern(tree.scalar); !why.empty()) {
    request.fail_at(tree.at, "invalid regular expression " + in_quotes(tree.scalar) + ": " + why);
    return false;
  }
  if (kept == Patterns::Kept::kMatch) check_groups(request, tree);
  patterns.push_back(tree.scalar);
  return true;
}

std::optional<std::vector<std::string>> read_patterns(const Request& request,
                                                      const config::Tree& tree,
                                                      Patterns::Kept kept) {
  std::vector<std::string> patterns;
  bool is_good = true;
  if (tree.is_sequence() && !tree.items.empty()) {
    for (const config::Tree& item : tree.items) {
      is_good = read_pattern(request, item, kept, patterns) && is_good;
    }
  } else {
    is_good = read_pattern(request, tree, kept, patterns);
  }
  if (!is_good) return std::nullopt;
  return patterns;
}

// Where the patterns stand: the argument itself, or in `{ patterns: ..., keep: text | match }`.
// Null where something is wrong, which is reported.
const config::Tree* pattern_tree(const Request& request, Patterns::Kept& kept) {
  constexpr std::string_view kKeep[] = {"text", "match"};
  if (!request.arguments.is_mapping()) return &request.arguments;
  Arguments arguments(request, {"patterns", "keep"});
  if (arguments.choice("keep", kKeep) == 1) kept = Patterns::Kept::kMatch;
  const config::Tree* const patterns = request.arguments.find("patterns");
  if (patterns == nullptr && arguments.is_good()) {
    request.fail_at(request.arguments.at,
                    "'regexp' needs 'patterns', a regular expression or a list of them");
  }
  return arguments.is_good() ? patterns : nullptr;
}

}  // namespace

std::string why_no_pattern(const std::string& pattern) {
  const re2::RE2 compiled(pattern, re2::RE2::Quiet);
  return compiled.ok() ? std::string() : compiled.error();
}

Patterns::Patterns(const std::vector<std::string>& patterns, Kept kept) : kept_(kept) {
  for (const std::string& pattern : patterns) {
    patterns_.push_back(std::make_shared<const re2::RE2>(pattern, re2::RE2::Quiet));
  }
}

std::optional<std::string_view> Patterns::apply(std::string_view text) const {
  const re2::StringPiece input(text.data(), text.size());
  for (const auto& pattern : patterns_) {
    re2::StringPiece found[2];
    const int groups = pattern->NumberOfCapturingGroups();
    if (kept_ == Kept::kMatch && groups > 1) continue;
    const int wanted = groups > 0 ? 2 : kept_ == Kept::kMatch ? 1 : 0;
    if (!pattern->Match(input, 0, text.size(), re2::RE2::UNANCHORED, found, wanted)) continue;
    if (wanted == 0) return text;
    const re2::StringPiece& part = found[wanted - 1];
    if (part.data() == nullptr) return text.substr(0, 0);  // a group that takes no part
    return std::string_view(part.data(), part.size());
  }
  return std::nullopt;
}

bool Patterns::cuts() const {
  return kept_ == Kept::kMatch ||
         std::any_of(patterns_.begin(), patterns_.end(),
                     [](const auto& pattern) { return pattern->NumberOfCapturingGroups() > 0; });
}

TextTraits Patterns::traits(const TextTraits& before) const {
  TextTraits traits = before;
  if (!before.is_plain) traits.max_bytes *= exposition::kMaxUtf8Expansion;
  traits.room = std::max(before.room, traits.max_bytes);
  // The chain is injective if each of its steps is: this one leaves the text as it is, or out.
  traits.is_injective = !cuts();
  if (traits.is_injective) return traits;
  traits.is_comma_free = false;
  traits.is_plain = false;  // a group may be a part of a character: \C
  traits.form = TextTraits::Form::kMixed;
  return traits;
}

std::optional<LaterStep> build_regexp(const Request& request, const TextTraits& before) {
  auto kept = Patterns::Kept::kText;
  const config::Tree* const tree = pattern_tree(request, kept);
  if (tree == nullptr) return std::nullopt;
  const std::optional<std::vector<std::string>> patterns = read_patterns(request, *tree, kept);
  if (!patterns) return std::nullopt;
  auto compiled = std::make_shared<const Patterns>(*patterns, kept);
  const TextTraits text = compiled->traits(before);
  return LaterStep{PatternText{std::move(compiled)}, text};
}

}  // namespace bpfmap::decode
