// SPDX-License-Identifier: Apache-2.0
#include "decode/render/histogram_family.h"

#include <algorithm>

#include "decode/numbers/ratio_text.h"

namespace bpfmap::decode {
namespace {

exposition::Int128 count_of(Number number, DecodeState& state) {
  if (number.kind == Number::Kind::kSigned && number.as_signed() < 0) {
    ++state.errors;  // a bucket cannot hold less than nothing
    return 0;
  }
  return number.bits;
}

}  // namespace

HistogramFamily::HistogramFamily(FamilyFrame frame, HistogramSource source, Buckets buckets,
                                 config::Ratio unit)
    : frame_(std::move(frame)),
      source_(std::move(source)),
      buckets_(std::move(buckets)),
      unit_(unit),
      bucket_opening_(frame_.name + "_bucket{"),
      sum_opening_(frame_.name + (frame_.labels.empty() ? "_sum" : "_sum{")),
      count_opening_(frame_.name + (frame_.labels.empty() ? "_count" : "_count{")),
      closing_(frame_.labels.empty() ? " " : "} "),
      max_line_bytes_(bucket_opening_.size() + frame_.labels.max_bytes() + Literal::kSlack +
                      Amount::kMaxChars + 1) {
  std::size_t longest = closing_.size();
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    const std::string label =
        (frame_.labels.empty() ? "le=\"" : ",le=\"") + buckets_.bound_text(bucket);
    longest = std::max(longest, bucket_closings_.emplace_back(label + "\"} ").size());
  }
  max_line_bytes_ += longest;
  layout_ = "buckets up to";
  for (std::size_t bucket = 0; bucket < buckets_.finite(); ++bucket) {
    layout_ += " " + buckets_.bound_text(bucket);
  }
  layout_ += has_sum() ? ", sums times " + text_of(unit_) : ", no sums";
}

HistogramFamily::Run::Run(const HistogramFamily& family, const BootOffsets&)
    : family_(&family), labels_(family.frame_.labels.max_bytes()) {
  text.append(family.frame_.header);
}

void HistogramFamily::Run::add(const kernel::RowBlock& rows, DecodeState& state) {
  const FamilyFrame& frame = family_->frame_;
  const std::uint64_t before = state.errors;
  for_each_part(rows, frame.labels.has_cpu(), [&](const RowPart& part) {
    const char* end = write_labels(frame.labels, part, labels_.data(), state);
    if (end == nullptr) return true;
    const std::size_t series = table_.find_or_add({labels_.data(), end});
    if (series == sums_.size()) {
      sums_.emplace_back();
      counts_.resize(counts_.size() + family_->buckets_.size());
    }
    family_->add_row(part, &counts_[series * family_->size()], sums_[series], state);
    return true;
  });
  errors += state.errors - before;
}

void HistogramFamily::add_row(const RowPart& part, exposition::Int128* counts, Amount& sum,
                              DecodeState& state) const {
  for (std::uint32_t cpu = 0; cpu < part.cpus; ++cpu) {
    add_value(part.key, part.value + std::size_t{cpu} * part.cpu_stride, counts, sum, state);
  }
}

void HistogramFamily::add_value(const std::byte* key, const std::byte* value,
                                exposition::Int128* counts, Amount& sum, DecodeState& state) const {
  const HistogramSource& source = source_;
  const Buckets& buckets = buckets_;
  if (source.slot) {
    const Number slot = source.slot->read(key);
    const Number count = source.counts.front().read(value);
    if (source.sum_key && slot.bits == *source.sum_key) {
      sum.combine(Amount::of(count), config::Aggregate::kSum);
      return;
    }
    // An unsigned slot beyond the signed range lies above every finite bucket.
    const bool huge = slot.kind == Number::Kind::kUnsigned && slot.as_signed() < 0;
    const std::size_t bucket = huge ? buckets.finite() : buckets.index_of(slot.as_signed());
    counts[bucket] += count_of(count, state);
  } else {
    for (std::size_t i = 0; i < source.counts.size(); ++i) {
      const std::size_t bucket = buckets.index_of(source.first_slot + static_cast<std::int64_t>(i));
      counts[bucket] += count_of(source.counts[i].read(value), state);
    }
  }
  if (source.sum) sum.combine(source.sum->read(value), config::Aggregate::kSum);
}

bool HistogramFamily::Run::write_more() {
  const std::size_t full = text.size() + kChunkBytes;
  const std::size_t buckets = family_->size();
  while (written_ < table_.size()) {
    if (text.size() > full) return true;
    const std::size_t series = written_++;
    const exposition::Int128* counts = &counts_[series * buckets];
    const auto is_zero = [](exposition::Int128 count) { return count == 0; };
    if (family_->frame_.skip_zero && std::all_of(counts, counts + buckets, is_zero)) continue;
    family_->write_series(table_.bytes(series), counts, sums_[series], *this);
  }
  return false;
}

char* HistogramFamily::start_line(const Literal& opening, std::string_view labels,
                                  FamilyRun& run) const {
  char* out = opening.write(run.text.reserve(max_line_bytes_));
  return out + labels.copy(out, labels.size());
}

void HistogramFamily::write_series(std::string_view labels, const exposition::Int128* counts,
                                   const Amount& sum, FamilyRun& run) const {
  const auto finish_line = [&run](char* out) {
    *out++ = '\n';
    run.text.commit(out);
    ++run.samples;
  };
  // Labels that are all empty are left out where several maps export the family.
  const bool has_comma_too_many = labels.empty() && !frame_.labels.empty();
  exposition::Int128 cumulated = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    cumulated += counts[bucket];
    char* out = start_line(bucket_opening_, labels, run);
    char* end = bucket_closings_[bucket].write(out);
    if (has_comma_too_many) end = std::copy(out + 1, end, out);
    finish_line(exposition::write_wide(end, cumulated));
  }
  if (has_sum()) {
    char* out = start_line(sum_opening_, labels, run);
    finish_line(sum.write(closing_.write(out), unit_));
  }
  char* out = start_line(count_opening_, labels, run);
  finish_line(exposition::write_wide(closing_.write(out), cumulated));
}

}  // namespace bpfmap::decode
