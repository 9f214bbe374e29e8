// SPDX-License-Identifier: Apache-2.0
#include "decode/render/histogram_family.h"

#include <algorithm>
#include <utility>

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
      layouts_(exposition::histogram_layouts(frame_.head, label_space(frame_.labels),
                                             buckets_.bound_texts())),
      meaning_("buckets up to") {
  for (std::size_t bucket = 0; bucket < buckets_.finite(); ++bucket) {
    meaning_ += " " + buckets_.bound_texts()[bucket];
  }
  meaning_ += has_sum() ? ", sums times " + text_of(unit_) : ", no sums";
}

bool HistogramFamily::is_left_out(std::span<const exposition::Int128> counts) const {
  return frame_.skip_zero && std::all_of(counts.begin(), counts.end(),
                                         [](exposition::Int128 count) { return count == 0; });
}

void HistogramFamily::add_row(const RowPart& part, std::span<exposition::Int128> counts,
                              Amount& sum, DecodeState& state) const {
  for (std::uint32_t cpu = 0; cpu < part.cpus; ++cpu) {
    add_value(part.key, part.value + std::size_t{cpu} * part.cpu_stride, counts, sum, state);
  }
}

void HistogramFamily::add_value(const std::byte* key, const std::byte* value,
                                std::span<exposition::Int128> counts, Amount& sum,
                                DecodeState& state) const {
  if (source_.slot) {
    const Number slot = source_.slot->read(key);
    const Number count = source_.counts.front().read(value);
    if (source_.sum_key && slot.bits == *source_.sum_key) {
      sum.combine(Amount::of(count), config::Aggregate::kSum);
      return;
    }
    // An unsigned slot beyond the signed range lies above every finite bucket.
    const bool huge = slot.kind == Number::Kind::kUnsigned && slot.as_signed() < 0;
    const std::size_t bucket = huge ? buckets_.finite() : buckets_.index_of(slot.as_signed());
    counts[bucket] += count_of(count, state);
  } else {
    for (std::size_t i = 0; i < source_.counts.size(); ++i) {
      const std::size_t bucket =
          buckets_.index_of(source_.first_slot + static_cast<std::int64_t>(i));
      counts[bucket] += count_of(source_.counts[i].read(value), state);
    }
  }
  if (source_.sum) sum.combine(source_.sum->read(value), config::Aggregate::kSum);
}

}  // namespace bpfmap::decode
