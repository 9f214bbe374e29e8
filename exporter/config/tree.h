// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.h"

namespace bpfmap::config {

// A YAML node detached from the YAML library: plain values with positions. Environment
// variables are expanded in scalars; aliases and merge keys are resolved. Also the form in
// which arguments that only a later stage can judge (decoder arguments, values of BPF globals)
// travel inside a Config.
struct Tree {
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  // Out of line, because a pair asks whether its parts can be constructed while `pairs` still waits
  // for the pair to be complete; clang 14 does not compile that with an implicit constructor.
  Tree();

  Kind kind = Kind::kNull;
  Position at;
  std::string scalar;       // kScalar
  bool quoted = false;      // kScalar: '5' and "5" are text, 5 is a number
  std::vector<Tree> items;  // kSequence
  std::vector<std::pair<Located<std::string>, Tree>> pairs;  // kMapping, in the order of the file

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  // The value of a key of a mapping; nullptr where it is missing or this is no mapping.
  const Tree* find(std::string_view key) const;
};

}  // namespace bpfmap::config
