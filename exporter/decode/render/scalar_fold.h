// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/boot_clocks.h"
#include "base/byte_table.h"
#include "decode/render/family_output.h"
#include "decode/render/row_parts.h"
#include "decode/render/scalar_family.h"

namespace bpfmap::decode {

// Folds the rows of a map into the series of a counter or gauge, and hands each to a writer, which
// knows the format (series_writer.h). Where every row is a series of its own, it is handed over at
// once; once two rows may turn out to be of one series - padding differs, a decoder dropped bytes -
// all that came so far is gone through again, and amounts are added up before they are handed over.
// One thread at a time.
template <typename Writer>
class ScalarFold {
 public:
  // `family` and `out` outlive the fold. The writer writes to `out`, where the head of the family
  // is written already.
  ScalarFold(const ScalarFamily& family, const BootOffsets& clocks, Writer writer,
             FamilyOutput& out)
      : family_(family),
        epoch_(family.epoch(clocks)),
        writer_(std::move(writer)),
        out_(out),
        start_(out.mark()),
        labels_(family.frame().labels.max_bytes()) {
    if (family.frame().coverage.leaves_data()) merged_.emplace();
  }

  // The rows outlive the fold.
  void add(const kernel::RowBlock& rows, DecodeState& state) {
    const std::uint64_t before = state.errors;
    came_.push_back(&rows);
    if (merged_) {
      merge(rows, state);
    } else if (!write_rows(rows, state)) {
      errors_ = 0;
      merge_what_came(state);
    }
    errors_ += state.errors - before;
  }

  // After the last row. False where a series that was taken away turned out to have more rows: what
  // was taken cannot be completed.
  bool end_rows() {
    came_ = {};
    if (!merged_) return true;
    merged_->written = merged_->taken.size();
    for (const Amount& amount : merged_->amounts) {
      if (family_.refuses(amount)) ++errors_;
    }
    return std::equal(merged_->taken.begin(), merged_->taken.end(), merged_->amounts.begin());
  }

  // After end_rows(): hands over some of what is left. False when that was all.
  bool write_more() {
    if (!merged_) return false;
    const std::size_t full = out_.body.size() + FamilyOutput::kChunkBytes;
    for (std::size_t& series = merged_->written; series < merged_->table.size(); ++series) {
      if (out_.body.size() > full) return true;
      const Amount& amount = merged_->amounts[series];
      if (family_.is_left_out(amount) || family_.refuses(amount)) continue;
      writer_.write(merged_->table.bytes(series), sample_of(amount));
    }
    merged_.reset();
    return false;
  }

  // To be told that something of the output was taken away.
  void note_taken() { was_taken_ = true; }

  // Values that no decoder could make sense of, behind end_rows().
  std::uint64_t errors() const { return errors_; }

 private:
  // Amounts of series that rows may share.
  struct Merged {
    ByteTable table;
    std::vector<Amount> amounts;
    std::vector<Amount> taken;  // of the first series: what was in the text that was taken
    std::size_t written = 0;    // series, since end_rows()
  };

  // Rows that stand for many keys may share their labels with a row that is really called so. False
  // where rows of this block and others may be of one series; nothing is written then.
  bool write_rows(const kernel::RowBlock& rows, DecodeState& state) {
    // Locals, which stores of characters cannot change: the compiler keeps them in registers.
    const ScalarFamily& family = family_;
    const FamilyFrame& frame = family.frame();
    Writer writer = writer_;
    if (rows.is_rest() || !frame.coverage.padding_is_uniform(rows, padding_)) return false;
    const FamilyOutput::Mark start = out_.mark();
    const std::uint64_t errors_before = state.errors;
    state.lossy = false;
    for_each_part(rows, frame.labels.has_cpu(), [&](const RowPart& part) {
      const Amount amount = family.value_of(part);
      if (family.is_left_out(amount)) return true;
      if (family.refuses(amount)) {
        ++state.errors;
        return true;
      }
      writer.write([&](char* out) { return frame.labels.write(part.key, part.cpu, out, state); },
                   sample_of(amount));
      return !state.lossy;
    });
    if (!state.lossy) return true;
    out_.rewind(start);
    state.errors = errors_before;
    return false;
  }

  void merge(const kernel::RowBlock& rows, DecodeState& state) {
    const LabelProgram& labels = family_.frame().labels;
    for_each_part(rows, labels.has_cpu(), [&](const RowPart& part) {
      const char* end = write_labels(labels, part, labels_.data(), state);
      if (end == nullptr) return true;
      const std::size_t series = merged_->table.find_or_add({labels_.data(), end});
      const Amount amount = family_.value_of(part);
      if (series == merged_->amounts.size()) {
        merged_->amounts.push_back(amount);
      } else {
        family_.combine(merged_->amounts[series], amount);
      }
      return true;
    });
  }

  // All blocks but the last are written. What was not taken is written anew; what was is known to
  // be right only if nothing is added to it.
  void merge_what_came(DecodeState& state) {
    merged_.emplace();
    for (std::size_t i = 0; i + 1 < came_.size(); ++i) merge(*came_[i], state);
    if (was_taken_) {
      merged_->taken = merged_->amounts;
    } else {
      out_.rewind(start_);
    }
    merge(*came_.back(), state);
  }

  Amount sample_of(Amount amount) const {
    if (epoch_) amount.combine(*epoch_, config::Aggregate::kSum);
    return amount;
  }

  const ScalarFamily& family_;
  const std::optional<Amount> epoch_;  // of times: what makes them times of day
  Writer writer_;
  FamilyOutput& out_;
  const FamilyOutput::Mark start_;  // behind the header
  bool was_taken_ = false;
  std::uint64_t errors_ = 0;
  std::vector<const kernel::RowBlock*> came_;
  const std::byte* padding_ = nullptr;  // a key with the padding that all have
  std::vector<char> labels_;
  std::optional<Merged> merged_;
};

}  // namespace bpfmap::decode
