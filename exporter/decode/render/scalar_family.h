// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "base/boot_clocks.h"
#include "decode/amount_source.h"
#include "decode/render/family.h"
#include "decode/render/row_parts.h"
#include "exposition/formats.h"

namespace bpfmap::decode {

// What becomes of the number.
struct ScalarForm {
  config::Ratio scale;
  config::Aggregate aggregate = config::Aggregate::kSum;
  // It is a time since boot, of which 0 is none, and the sample a time of day.
  std::optional<config::BootClock> clock;
  // Samples below zero are left out, and counted as values that make no sense.
  bool is_counter = false;
};

// A counter or a gauge: what a row has for the sample of its series, and how samples are laid out
// in every format. Immutable; any thread.
class ScalarFamily {
 public:
  ScalarFamily(FamilyFrame frame, AmountSource value, ScalarForm form);

  const FamilyFrame& frame() const { return frame_; }
  config::Aggregate aggregate() const { return form_.aggregate; }
  config::Ratio scale() const { return form_.scale; }
  Amount value_of(const RowPart& part) const;
  bool is_counter() const { return form_.is_counter; }
  bool refuses(const Amount& amount) const { return may_be_refused_ && amount.is_negative(); }
  void combine(Amount& to, const Amount& other) const;
  // What makes times since boot times of day; nothing where the numbers are no times.
  std::optional<Amount> epoch(const BootOffsets& clocks) const;
  bool is_left_out(const Amount& amount) const {
    return (frame_.skip_zero || form_.clock) && amount.is_zero();
  }

  template <typename Format>
  const typename Format::Scalar& layout() const {
    return std::get<typename Format::Scalar>(layouts_);
  }

  // What its amounts are: the same text for families whose amounts can be added.
  const std::string& meaning() const { return meaning_; }
  bool adds_up_with(const ScalarFamily& other) const {
    return is_counter() && meaning_ == other.meaning_;
  }

 private:
  FamilyFrame frame_;
  AmountSource value_;
  ScalarForm form_;
  bool may_be_refused_;  // a counter's samples, because they can be below zero
  exposition::ScalarLayouts layouts_;
  std::string meaning_;
};

}  // namespace bpfmap::decode
