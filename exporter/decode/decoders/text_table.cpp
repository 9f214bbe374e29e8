// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/text_table.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace bpfmap::decode {

TextTable::TextTable(Unknown unknown, std::string replacement)
    : unknown_(unknown), replacement_{std::move(replacement), false} {
  replacement_.is_plain = is_plain_text(replacement_.text);
}

bool TextTable::add(std::string key, std::string text) {
  const bool is_plain = is_plain_text(text);
  return texts_.try_emplace(std::move(key), Entry{std::move(text), is_plain}).second;
}

TextTraits TextTable::traits(const TextTraits& before) const {
  TextTraits traits;
  traits.is_plain = true;
  const auto include = [&traits](const Entry& entry) {
    traits.max_bytes = std::max(traits.max_bytes, entry.text.size());
    traits.is_plain = traits.is_plain && entry.is_plain;
  };
  for (const auto& [key, entry] : texts_) include(entry);
  if (unknown_ == Unknown::kReplace) {
    include(replacement_);
  } else {
    const std::size_t mark = unknown_ == Unknown::kMark ? kMark.size() : 0;
    traits.max_bytes = std::max(traits.max_bytes, mark + before.max_bytes);
    traits.is_plain = traits.is_plain && before.is_plain;
  }
  traits.room = traits.max_bytes;
  traits.is_injective = is_injective(before);
  traits.form = TextTraits::Form::kMixed;
  return traits;
}

bool TextTable::is_injective(const TextTraits& before) const {
  if (unknown_ == Unknown::kReplace) return false;
  std::unordered_set<std::string_view> seen;
  for (const auto& [key, entry] : texts_) {
    if (!seen.insert(entry.text).second || is_also_a_fallback(entry.text, before)) return false;
  }
  return true;
}

// Whether a text of the table is also what some text that is not in the table becomes.
bool TextTable::is_also_a_fallback(std::string_view text, const TextTraits& before) const {
  if (unknown_ == Unknown::kMark) {
    if (!text.starts_with(kMark)) return false;
    text.remove_prefix(kMark.size());
  }
  if (texts_.contains(text)) return false;
  return !before.is_integer() || parse_integer(text).has_value();
}

}  // namespace bpfmap::decode
