// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <string>

#include "exposition/metric_type.h"

// What the layouts of every format are made from. Plain values.
namespace bpfmap::exposition {

// What a page says about a family before its samples.
struct FamilyHead {
  std::string name;  // valid (names.h)
  std::string help;  // any bytes; may be empty
  MetricType type = MetricType::kUntyped;
};

// The labels of a family's samples. They are handed to layouts as they stand between the braces of
// the text formats, escaped: `pid="17",comm="nginx"`. Two series of a family are the same where
// these bytes are.
struct LabelSpace {
  bool any = false;           // whether its samples have labels
  std::size_t max_bytes = 0;  // that they take, and what is overwritten behind them
};

// A value that writes itself, as a decimal number, into kMaxChars bytes at least; returns the end.
template <typename T>
concept SampleValue = requires(const T& value, char* out) {
  { T::kMaxChars } -> std::convertible_to<std::size_t>;
  { value.write(out) } -> std::same_as<char*>;
};

}  // namespace bpfmap::exposition
