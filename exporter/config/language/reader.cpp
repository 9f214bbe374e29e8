// SPDX-License-Identifier: Apache-2.0
#include "config/language/reader.h"

#include <re2/re2.h>

#include <algorithm>

namespace bpfmap::config {
namespace {

// A "key" of a megabyte is no misspelling, and comparing it would take its time.
constexpr std::size_t kLongestWord = 64;

std::string suggestion_for(const std::string& word, std::span<const std::string> candidates) {
  return suggestion(std::string_view(word).substr(0, kLongestWord), candidates);
}

}  // namespace

std::string found(const Tree& tree) {
  switch (tree.kind) {
    case Tree::Kind::kNull: return "nothing";
    case Tree::Kind::kScalar: return in_quotes(tree.scalar);
    case Tree::Kind::kSequence: return "a list";
    case Tree::Kind::kMapping: return "a mapping";
  }
  return "nothing";
}

void Field::error(const std::string& message) const {
  if (diagnostics_->has_error_at(at())) return;
  diagnostics_->error(at(), name_ + ": " + message);
}

void Field::expected(std::string_view what) const {
  error("expected " + std::string(what) + ", found " + found(*tree_));
}

void Field::report_unknown(const std::string& word, std::span<const std::string> candidates) const {
  error("unknown value " + in_quotes(word) + suggestion_for(word, candidates));
}

template <typename T, typename Parse>
std::optional<T> Field::parsed(std::string_view what, Parse parse) const {
  if (!tree_->is_scalar()) {
    expected(what);
    return std::nullopt;
  }
  Parsed<T> value = parse(tree_->scalar);
  if (value) return std::move(*value);
  error(value.error());
  return std::nullopt;
}

std::optional<std::string> Field::scalar() const {
  if (tree_->is_scalar()) return tree_->scalar;
  expected("text");
  return std::nullopt;
}

std::optional<std::string> Field::text() const {
  std::optional<std::string> value = scalar();
  if (!value || !value->empty()) return value;
  error("must not be empty");
  return std::nullopt;
}

std::optional<Located<std::string>> Field::located_text() const {
  std::optional<std::string> value = text();
  if (!value) return std::nullopt;
  return Located<std::string>{std::move(*value), at()};
}

std::optional<Located<std::string>> Field::pattern() const {
  auto text = located_text();
  if (!text) return std::nullopt;
  const re2::RE2 expression(text->value, re2::RE2::Quiet);
  if (expression.ok()) return text;
  error("expected a regular expression in the syntax of RE2, found " + in_quotes(text->value) +
        " (" + expression.error() + ")");
  return std::nullopt;
}

std::optional<bool> Field::boolean() const {
  if (tree_->is_scalar() && tree_->scalar == "true") return true;
  if (tree_->is_scalar() && tree_->scalar == "false") return false;
  expected("true or false");
  return std::nullopt;
}

std::optional<double> Field::number() const { return parsed<double>("a number", parse_number); }
std::optional<Duration> Field::interval() const {
  constexpr Duration kShortest = std::chrono::milliseconds(1);
  const std::optional<Duration> found = duration();
  if (!found || *found >= kShortest) return found;
  error("expected an interval of at least 1ms, found " + in_quotes(scalar().value_or("")) +
        ": the map would be walked without a pause");
  return std::nullopt;
}

std::optional<Duration> Field::duration() const {
  return parsed<Duration>("a duration", parse_duration);
}
std::optional<Ratio> Field::factor() const { return parsed<Ratio>("a number", parse_factor); }
std::optional<Ratio> Field::unit() const { return parsed<Ratio>("a unit", parse_unit); }
std::optional<std::uint64_t> Field::size() const {
  return parsed<std::uint64_t>("a size", parse_size);
}

std::optional<std::int64_t> Field::signed_integer(std::int64_t least, std::int64_t most) const {
  return parsed<std::int64_t>(
      "a whole number", [&](std::string_view text) { return parse_signed(text, least, most); });
}

std::optional<std::uint64_t> Field::unsigned_integer(std::uint64_t least,
                                                     std::uint64_t most) const {
  return parsed<std::uint64_t>(
      "a whole number", [&](std::string_view text) { return parse_unsigned(text, least, most); });
}

const std::vector<Tree>* Field::list() const {
  if (tree_->is_sequence()) return &tree_->items;
  expected("a list");
  return nullptr;
}

const std::vector<std::pair<Located<std::string>, Tree>>* Field::pairs() const {
  if (tree_->is_mapping()) return &tree_->pairs;
  expected("a mapping");
  return nullptr;
}

std::optional<std::vector<Located<std::string>>> Field::texts() const {
  std::vector<Located<std::string>> values;
  const auto add = [&](const Field& field) {
    if (auto value = field.located_text()) values.push_back(std::move(*value));
  };
  if (tree_->is_scalar()) {
    add(*this);
  } else if (!tree_->is_sequence()) {
    expected("text or a list of texts");
  } else if (tree_->items.empty()) {
    error("must not be empty");
  } else {
    for (const Tree& item : tree_->items) add(Field(item, name_, *diagnostics_));
  }
  if (values.empty()) return std::nullopt;
  return values;
}

Mapping::Mapping(const Field& field, std::string kind, std::span<const std::string_view> keys,
                 Severity unknown)
    : field_(field), kind_(std::move(kind)), pairs_(field.pairs()) {
  if (pairs_ == nullptr) return;
  for (const auto& [key, value] : *pairs_) {
    if (std::find(keys.begin(), keys.end(), key.value) != keys.end()) continue;
    const std::vector<std::string> candidates(keys.begin(), keys.end());
    const std::string message = "unknown key " + in_quotes(key.value) + " in " + kind_ +
                                suggestion_for(key.value, candidates);
    if (unknown == Severity::kError) {
      diagnostics().error(key.at, message);
      misspelt_.push_back(
          closest_match(std::string_view(key.value).substr(0, kLongestWord), candidates));
    } else {
      diagnostics().warning(key.at, message);
    }
  }
}

bool Mapping::has(std::string_view key) const {
  return pairs_ != nullptr && field_.tree().find(key) != nullptr;
}

bool Mapping::is_misspelt(std::string_view key) const {
  return std::find(misspelt_.begin(), misspelt_.end(), key) != misspelt_.end();
}

std::optional<Field> Mapping::find(std::string_view key) const {
  const Tree* value = pairs_ == nullptr ? nullptr : field_.tree().find(key);
  if (value == nullptr) return std::nullopt;
  return Field(*value, std::string(key), field_.diagnostics());
}

std::optional<Field> Mapping::require(std::string_view key) const {
  std::optional<Field> value = find(key);
  if (!value && pairs_ != nullptr && !is_misspelt(key)) {
    diagnostics().error(field_.at(), kind_ + " needs '" + std::string(key) + "'");
  }
  return value;
}

Position Mapping::key_position(std::string_view key) const {
  for (const auto& [name, value] : field_.tree().pairs) {
    if (name.value == key) return name.at;
  }
  return field_.at();
}

}  // namespace bpfmap::config
