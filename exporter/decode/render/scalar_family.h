// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/boot_clocks.h"
#include "base/byte_table.h"
#include "decode/amount_source.h"
#include "decode/render/family.h"
#include "decode/render/literal.h"

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

// A counter or a gauge: one sample for each row, or for each distinct label set where rows can
// share one. Immutable; rendered by any number of threads, each with a run and a state of its own.
class ScalarFamily {
 public:
  class Run;

  ScalarFamily(FamilyFrame frame, AmountSource value, ScalarForm form);

  const FamilyFrame& frame() const { return frame_; }
  config::Aggregate aggregate() const { return form_.aggregate; }
  Amount value_of(const RowPart& part) const;
  bool is_counter() const { return form_.is_counter; }
  bool refuses(const Amount& amount) const { return may_be_refused_ && amount.is_negative(); }
  void combine(Amount& to, const Amount& other) const;
  // What makes times since boot times of day; nothing where the numbers are no times.
  std::optional<Amount> epoch(const BootOffsets& clocks) const;
  // `labels` are at most as long as those of a row.
  void write_sample(std::string_view labels, const Amount& amount, FamilyRun& run) const;
  bool is_left_out(const Amount& amount) const {
    return (frame_.skip_zero || form_.clock) && amount.is_zero();
  }

  // What its amounts are: the same text for families whose amounts can be added.
  const std::string& layout() const { return layout_; }
  bool adds_up_with(const ScalarFamily& other) const {
    return !frame_.is_gauge && layout_ == other.layout_;
  }

 private:
  FamilyFrame frame_;
  AmountSource value_;
  ScalarForm form_;
  bool may_be_refused_;  // a counter's samples, because they can be below zero
  Literal opening_;      // `name{`
  Literal closing_;      // `} `
  std::size_t max_sample_bytes_;
  std::string layout_;
};

// Samples of series that rows may share.
struct MergedSamples {
  ByteTable table;
  std::vector<Amount> amounts;
  std::vector<Amount> taken;  // of the first series: what was in the text that was taken
  std::size_t written = 0;    // series, since end_rows()
};

// One rendering: takes the rows as they come and makes text of them. Where every row is a sample of
// its own, that is written at once; once two rows may turn out to be of one series - padding
// differs, a decoder dropped bytes - all that came so far is gone through again, and samples are
// added up before they are written. One thread at a time.
class ScalarFamily::Run : public FamilyRun {
 public:
  // The family outlives the run.
  Run(const ScalarFamily& family, const BootOffsets& clocks);

  // The rows outlive the run.
  void add(const kernel::RowBlock& rows, DecodeState& state);

  // After the last row. False where a series whose sample was taken away as text turned out to
  // have more: the text cannot be completed.
  bool end_rows();

  // After end_rows(): writes some of what is left to write. False when that was all.
  bool write_more();

  // The chunks of `text` that are full.
  exposition::Body take();

 private:
  bool write_rows(const kernel::RowBlock& rows, DecodeState& state);
  void merge(const kernel::RowBlock& rows, DecodeState& state);
  void merge_what_came(DecodeState& state);
  Amount sample_of(Amount amount) const;

  const ScalarFamily* family_;
  std::optional<Amount> epoch_;         // of times: what makes them times of day
  exposition::BodyWriter::Mark start_;  // behind the header
  bool was_taken_ = false;
  std::vector<const kernel::RowBlock*> came_;
  const std::byte* padding_ = nullptr;  // a key with the padding that all have
  std::vector<char> labels_;
  std::optional<MergedSamples> merged_;
};

}  // namespace bpfmap::decode
