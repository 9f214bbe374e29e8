// SPDX-License-Identifier: Apache-2.0
#include "decode/render/scalar_family.h"

#include <algorithm>

#include "decode/numbers/ratio_text.h"

namespace bpfmap::decode {

ScalarFamily::ScalarFamily(FamilyFrame frame, AmountSource value, ScalarForm form)
    : frame_(std::move(frame)),
      value_(value),
      form_(form),
      may_be_refused_(form.is_counter && value.may_be_negative()),
      opening_(frame_.name + (frame_.labels.empty() ? "" : "{")),
      closing_(frame_.labels.empty() ? " " : "} "),
      max_sample_bytes_(opening_.size() + frame_.labels.max_bytes() + closing_.size() +
                        Literal::kSlack + Amount::kMaxChars + 1),
      layout_((value_.is_float() ? "floating-point numbers times " : "whole numbers times ") +
              text_of(form_.scale)) {}

Amount ScalarFamily::value_of(const RowPart& part) const {
  Amount amount = value_.read(part.value);
  for (std::uint32_t cpu = 1; cpu < part.cpus; ++cpu) {
    const std::byte* value = part.value + std::size_t{cpu} * part.cpu_stride;
    combine(amount, value_.read(value));
  }
  return amount;
}

// A CPU or a key where nothing has happened yet has no time that could be the earliest.
void ScalarFamily::combine(Amount& to, const Amount& other) const {
  if (form_.clock && other.is_zero()) return;
  if (form_.clock && to.is_zero()) {
    to = other;
  } else {
    to.combine(other, form_.aggregate);
  }
}

std::optional<Amount> ScalarFamily::epoch(const BootOffsets& clocks) const {
  if (!form_.clock) return std::nullopt;
  const bool is_boot = *form_.clock == config::BootClock::kBoot;
  const std::int64_t offset = is_boot ? clocks.boot : clocks.monotonic;
  return Amount::of({Number::Kind::kSigned, static_cast<std::uint64_t>(offset)});
}

void ScalarFamily::write_sample(std::string_view labels, const Amount& amount,
                                FamilyRun& run) const {
  char* out = opening_.write(run.text.reserve(max_sample_bytes_));
  out = closing_.write(out + labels.copy(out, labels.size()));
  out = amount.write(out, form_.scale);
  *out++ = '\n';
  run.text.commit(out);
  ++run.samples;
}

ScalarFamily::Run::Run(const ScalarFamily& family, const BootOffsets& clocks)
    : family_(&family), epoch_(family.epoch(clocks)), labels_(family.frame_.labels.max_bytes()) {
  text.append(family.frame_.header);
  start_ = text.mark();
  if (family.frame_.coverage.leaves_data()) merged_.emplace();
}

Amount ScalarFamily::Run::sample_of(Amount amount) const {
  if (epoch_) amount.combine(*epoch_, config::Aggregate::kSum);
  return amount;
}

void ScalarFamily::Run::add(const kernel::RowBlock& rows, DecodeState& state) {
  const std::uint64_t before = state.errors;
  came_.push_back(&rows);
  if (merged_) {
    merge(rows, state);
  } else if (!write_rows(rows, state)) {
    errors = 0;
    merge_what_came(state);
  }
  errors += state.errors - before;
}

// Rows that stand for many keys may share their labels with a row that is really called so. False
// where rows of this block and others may be of one series; nothing is written then.
bool ScalarFamily::Run::write_rows(const kernel::RowBlock& rows, DecodeState& state) {
  const ScalarFamily& family = *family_;
  if (rows.is_rest() || !family.frame_.coverage.padding_is_uniform(rows, padding_)) return false;
  const exposition::BodyWriter::Mark start = text.mark();
  const std::uint64_t before = samples;
  const std::uint64_t errors_before = state.errors;
  state.lossy = false;
  for_each_part(rows, family.frame_.labels.has_cpu(), [&](const RowPart& part) {
    const Amount amount = family.value_of(part);
    if (family.is_left_out(amount)) return true;
    if (family.refuses(amount)) {
      ++state.errors;
      return true;
    }
    char* out = family.opening_.write(text.reserve(family.max_sample_bytes_));
    out = family.frame_.labels.write(part.key, part.cpu, out, state);
    if (out == nullptr) return true;
    out = sample_of(amount).write(family.closing_.write(out), family.form_.scale);
    *out++ = '\n';
    text.commit(out);
    ++samples;
    return !state.lossy;
  });
  if (!state.lossy) return true;
  text.rewind(start);
  samples = before;
  state.errors = errors_before;
  return false;
}

void ScalarFamily::Run::merge(const kernel::RowBlock& rows, DecodeState& state) {
  const ScalarFamily& family = *family_;
  for_each_part(rows, family.frame_.labels.has_cpu(), [&](const RowPart& part) {
    const char* end = write_labels(family.frame_.labels, part, labels_.data(), state);
    if (end == nullptr) return true;
    const std::size_t series = merged_->table.find_or_add({labels_.data(), end});
    const Amount amount = family.value_of(part);
    if (series == merged_->amounts.size()) {
      merged_->amounts.push_back(amount);
    } else {
      family.combine(merged_->amounts[series], amount);
    }
    return true;
  });
}

// All blocks but the last are in the text. What was not taken is written anew; what was is known to
// be right only if nothing is added to it.
void ScalarFamily::Run::merge_what_came(DecodeState& state) {
  merged_.emplace();
  for (std::size_t i = 0; i + 1 < came_.size(); ++i) merge(*came_[i], state);
  if (was_taken_) {
    merged_->taken = merged_->amounts;
  } else {
    text.rewind(start_);
    samples = 0;
  }
  merge(*came_.back(), state);
}

bool ScalarFamily::Run::end_rows() {
  came_ = {};
  if (!merged_) return true;
  merged_->written = merged_->taken.size();
  if (family_->may_be_refused_) {
    errors += static_cast<std::uint64_t>(
        std::count_if(merged_->amounts.begin(), merged_->amounts.end(),
                      [](const Amount& amount) { return amount.is_negative(); }));
  }
  return std::equal(merged_->taken.begin(), merged_->taken.end(), merged_->amounts.begin());
}

bool ScalarFamily::Run::write_more() {
  if (!merged_) return false;
  const std::size_t full = text.size() + kChunkBytes;
  for (std::size_t& series = merged_->written; series < merged_->table.size(); ++series) {
    if (text.size() > full) return true;
    const Amount& amount = merged_->amounts[series];
    if (family_->is_left_out(amount) || family_->refuses(amount)) continue;
    family_->write_sample(merged_->table.bytes(series), sample_of(amount), *this);
  }
  merged_.reset();
  return false;
}

exposition::Body ScalarFamily::Run::take() {
  exposition::Body full = text.take();
  was_taken_ = was_taken_ || full.size() > 0;
  return full;
}

}  // namespace bpfmap::decode
