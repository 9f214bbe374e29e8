// SPDX-License-Identifier: Apache-2.0
#include "decode/histogram_family.h"

#include <algorithm>

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
    for (std::uint32_t cpu = 0; cpu < part.cpus; ++cpu) {
      add_value(part.key, part.value + std::size_t{cpu} * part.cpu_stride, series, state);
    }
    return true;
  });
  errors += state.errors - before;
}

void HistogramFamily::Run::add_value(const std::byte* key, const std::byte* value,
                                     std::size_t series, DecodeState& state) {
  const HistogramSource& source = family_->source_;
  const Buckets& buckets = family_->buckets_;
  exposition::Int128* counts = &counts_[series * buckets.size()];
  Amount& sum = sums_[series];
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
  if (source.sum) sum.combine(Amount::of(source.sum->read(value)), config::Aggregate::kSum);
}

bool HistogramFamily::Run::write_more() {
  const std::size_t full = text.size() + kChunkBytes;
  while (written_ < table_.size()) {
    if (text.size() > full) return true;
    write_series(written_++);
  }
  return false;
}

char* HistogramFamily::Run::start_line(const Literal& opening, std::string_view labels) {
  char* out = opening.write(text.reserve(family_->max_line_bytes_));
  return out + labels.copy(out, labels.size());
}

void HistogramFamily::Run::finish_line(char* out) {
  *out++ = '\n';
  text.commit(out);
  ++samples;
}

void HistogramFamily::Run::write_series(std::size_t series) {
  const HistogramFamily& family = *family_;
  const std::size_t buckets = family.buckets_.size();
  const exposition::Int128* counts = &counts_[series * buckets];
  exposition::Int128 total = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) total += counts[bucket];
  if (family.frame_.skip_zero && total == 0) return;
  const std::string_view labels = table_.bytes(series);
  exposition::Int128 cumulated = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    cumulated += counts[bucket];
    char* out = start_line(family.bucket_opening_, labels);
    finish_line(exposition::write_wide(family.bucket_closings_[bucket].write(out), cumulated));
  }
  if (family.source_.sum || family.source_.sum_key) {
    char* out = start_line(family.sum_opening_, labels);
    finish_line(sums_[series].write(family.closing_.write(out), family.unit_));
  }
  char* out = start_line(family.count_opening_, labels);
  finish_line(exposition::write_wide(family.closing_.write(out), total));
}

}  // namespace bpfmap::decode
