// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decode/amount.h"
#include "decode/family.h"
#include "decode/literal.h"
#include "decode/number_source.h"

namespace bpfmap::decode {

// A counter or a gauge: one sample for each row, or for each distinct label set where rows can
// share one. Immutable; rendered by any number of threads, each with a state of its own.
class ScalarFamily {
 public:
  ScalarFamily(FamilyFrame frame, NumberSource value, config::Ratio scale,
               config::Aggregate aggregate);

  // Appends the family, whole; returns how many samples it has.
  std::uint64_t render(Rows rows, exposition::BodyWriter& writer, DecodeState& state) const;

 private:
  // Row by row; gives up where a decoder was lossy, and what was written must be dropped then.
  std::uint64_t render_rows(Rows rows, exposition::BodyWriter& writer, DecodeState& state) const;
  std::uint64_t render_merged(Rows rows, exposition::BodyWriter& writer, DecodeState& state) const;
  Amount value_of(const RowPart& part) const;

  FamilyFrame frame_;
  NumberSource value_;
  config::Ratio scale_;
  config::Aggregate aggregate_;
  Literal opening_;  // `name{`
  Literal closing_;  // `} `
  std::size_t max_sample_bytes_;
};

}  // namespace bpfmap::decode
