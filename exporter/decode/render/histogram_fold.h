// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/boot_clocks.h"
#include "base/byte_table.h"
#include "decode/render/family_output.h"
#include "decode/render/histogram_family.h"
#include "decode/render/row_parts.h"

namespace bpfmap::decode {

// Folds the rows of a map into the series of a histogram: rows are grouped by their labels, their
// counts added up bucket by bucket. Hands each to a writer, which knows the format
// (series_writer.h), when all rows are there. One thread at a time.
template <typename Writer>
class HistogramFold {
 public:
  // `family` and `out` outlive the fold, and the writer writes to `out`.
  HistogramFold(const HistogramFamily& family, const BootOffsets& /*clocks*/, Writer writer,
                FamilyOutput& out)
      : family_(family),
        writer_(std::move(writer)),
        out_(out),
        labels_(family.frame().labels.max_bytes()) {}

  void add(const kernel::RowBlock& rows, DecodeState& state) {
    const std::uint64_t before = state.errors;
    const LabelProgram& labels = family_.frame().labels;
    for_each_part(rows, labels.has_cpu(), [&](const RowPart& part) {
      const char* end = write_labels(labels, part, labels_.data(), state);
      if (end == nullptr) return true;
      const std::size_t series = table_.find_or_add({labels_.data(), end});
      if (series == sums_.size()) {
        sums_.emplace_back();
        counts_.resize(counts_.size() + family_.size());
      }
      family_.add_row(part, counts_of(series), sums_[series], state);
      return true;
    });
    errors_ += state.errors - before;
  }

  // After the last row. A histogram can always be completed.
  bool end_rows() { return true; }

  // After end_rows(): hands over some of what is left. False when that was all.
  bool write_more() {
    const std::size_t full = out_.body.size() + FamilyOutput::kChunkBytes;
    while (written_ < table_.size()) {
      if (out_.body.size() > full) return true;
      const std::size_t series = written_++;
      if (family_.is_left_out(counts_of(series))) continue;
      writer_.write(table_.bytes(series), counts_of(series), sums_[series]);
    }
    return false;
  }

  void note_taken() {}

  // Values that no decoder could make sense of, behind end_rows().
  std::uint64_t errors() const { return errors_; }

 private:
  std::span<exposition::Int128> counts_of(std::size_t series) {
    return std::span(counts_).subspan(series * family_.size(), family_.size());
  }

  const HistogramFamily& family_;
  Writer writer_;
  FamilyOutput& out_;
  std::uint64_t errors_ = 0;
  std::vector<char> labels_;
  ByteTable table_;
  // Counts are summed in 128 bits, as everything is: a count that wraps would make the buckets
  // above it smaller than those below.
  std::vector<exposition::Int128> counts_;  // buckets of series 0, of series 1, ...
  std::vector<Amount> sums_;
  std::size_t written_ = 0;  // series
};

}  // namespace bpfmap::decode
