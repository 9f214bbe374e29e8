// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "base/terminal_text.h"
#include "config/config.h"
#include "config/diagnostics.h"
#include "config/quantities.h"
#include "config/tree.h"

// Typed access to a Tree. Every reading that fails is reported at its place as "NAME: expected
// ..., found ..." and yields nothing; a place that has an error already is not reported again.
// Whether a scalar was quoted makes no difference where the type is known: inside { } a ${NAME}
// has to be quoted.
namespace bpfmap::config {

// "a list", "a mapping", "nothing" or the scalar in quotes.
std::string found(const Tree& tree);

// Names of an enumeration as users write them, in the order in which a message lists them.
template <typename E>
using Names = std::vector<std::pair<std::string, E>>;

// One value and what the user calls it. Refers to tree and diagnostics, which must outlive it.
class Field {
 public:
  Field(const Tree& tree, std::string name, Diagnostics& diagnostics)
      : tree_(&tree), name_(std::move(name)), diagnostics_(&diagnostics) {}

  const Tree& tree() const { return *tree_; }
  const std::string& name() const { return name_; }
  Position at() const { return tree_->at; }
  Diagnostics& diagnostics() const { return *diagnostics_; }

  void error(const std::string& message) const;
  void expected(std::string_view what) const;  // "NAME: expected WHAT, found ..."

  std::optional<std::string> scalar() const;  // any scalar as text
  std::optional<std::string> text() const;    // ... that is not empty
  std::optional<Located<std::string>> located_text() const;
  std::optional<Located<std::string>> pattern() const;  // a regular expression of RE2
  std::optional<bool> boolean() const;
  std::optional<double> number() const;
  std::optional<Duration> duration() const;
  // A duration between two walks: not one that leaves no pause.
  std::optional<Duration> interval() const;
  std::optional<Ratio> factor() const;
  std::optional<Ratio> unit() const;
  std::optional<std::uint64_t> size() const;  // bytes
  std::optional<std::int64_t> signed_integer(std::int64_t least, std::int64_t most) const;
  std::optional<std::uint64_t> unsigned_integer(
      std::uint64_t least = 0,
      std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;

  template <typename E>
  std::optional<E> one_of(const Names<E>& names) const {
    const std::optional<std::string> word = scalar();
    if (!word) return std::nullopt;
    std::vector<std::string> candidates;
    for (const auto& [name, value] : names) {
      if (name == *word) return value;
      candidates.push_back(name);
    }
    report_unknown(*word, candidates);
    return std::nullopt;
  }

  // Items and pairs; nullptr after reporting another kind.
  const std::vector<Tree>* list() const;
  const std::vector<std::pair<Located<std::string>, Tree>>* pairs() const;
  // One string, or a list of at least one; none may be empty.
  std::optional<std::vector<Located<std::string>>> texts() const;

 private:
  template <typename T, typename Parse>
  std::optional<T> parsed(std::string_view what, Parse parse) const;
  void report_unknown(const std::string& word, std::span<const std::string> candidates) const;

  const Tree* tree_;
  std::string name_;
  Diagnostics* diagnostics_;
};

// A mapping with a fixed set of keys. Reports what is no mapping, and every key that it does not
// know: as an error, unless the file is in a language whose other readers pass over them.
class Mapping {
 public:
  // `kind` is what the mapping describes, with its article: "a metric".
  Mapping(const Field& field, std::string kind, std::span<const std::string_view> keys,
          Severity unknown = Severity::kError);

  // False where it is no mapping, which was reported then.
  explicit operator bool() const { return pairs_ != nullptr; }
  const Field& field() const { return field_; }
  Diagnostics& diagnostics() const { return field_.diagnostics(); }

  bool has(std::string_view key) const;
  std::optional<Field> find(std::string_view key) const;
  // Whether an unknown key, which was reported as an error, is likely to be that one. What follows
  // from its absence is better left unsaid then.
  bool is_misspelt(std::string_view key) const;
  bool has_or_misspells(std::string_view key) const { return has(key) || is_misspelt(key); }
  // Reports a missing key.
  std::optional<Field> require(std::string_view key) const;
  Position key_position(std::string_view key) const;  // of the mapping where there is no such key

  // find() or require(), then one of Field's readings.
  template <typename T>
  std::optional<T> read(std::string_view key, std::optional<T> (Field::*reading)() const) const {
    const std::optional<Field> value = find(key);
    return value ? ((*value).*reading)() : std::nullopt;
  }
  template <typename T>
  std::optional<T> require(std::string_view key, std::optional<T> (Field::*reading)() const) const {
    const std::optional<Field> value = require(key);
    return value ? ((*value).*reading)() : std::nullopt;
  }

 private:
  Field field_;
  std::string kind_;
  const std::vector<std::pair<Located<std::string>, Tree>>* pairs_ = nullptr;
  std::vector<std::string> misspelt_;
};

}  // namespace bpfmap::config
