// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "decode/numbers/scaled_amount.h"
#include "decode/render/family_output.h"
#include "decode/render/histogram_family.h"
#include "decode/render/scalar_family.h"
#include "exposition/numbers.h"

namespace bpfmap::decode {

// What folds hand their series to: prints them in one of the formats (exposition/formats.h). The
// family and the output, which begins with the family's head, outlive it. One thread at a time.
template <typename Format>
class ScalarWriter {
 public:
  ScalarWriter(const ScalarFamily& family, FamilyOutput& out)
      : layout_(family.layout<Format>()), scale_(family.scale()), out_(out) {}

  // `write_labels` as for the layout: text_layout.h.
  template <typename WriteLabels>
  void write(const WriteLabels& write_labels, const Amount& amount) {
    if (layout_.write(out_.body, write_labels, ScaledAmount{amount, scale_})) ++out_.samples;
  }

  // `labels` are at most as long as those of a row.
  void write(std::string_view labels, const Amount& amount) {
    write([labels](char* out) { return out + labels.copy(out, labels.size()); }, amount);
  }

 private:
  const typename Format::Scalar& layout_;
  const config::Ratio scale_;
  FamilyOutput& out_;
};

template <typename Format>
class HistogramWriter {
 public:
  HistogramWriter(const HistogramFamily& family, FamilyOutput& out)
      : family_(family), layout_(family.layout<Format>()), out_(out) {}

  // `counts` are those of each bucket alone; `sum` is left out where the family has none.
  void write(std::string_view labels, std::span<const exposition::Int128> counts,
             const Amount& sum) {
    const auto scaled =
        family_.has_sum() ? std::optional(ScaledAmount{sum, family_.unit()}) : std::nullopt;
    out_.samples += layout_.write(out_.body, labels, counts, scaled);
  }

 private:
  const HistogramFamily& family_;
  const typename Format::Histogram& layout_;
  FamilyOutput& out_;
};

}  // namespace bpfmap::decode
