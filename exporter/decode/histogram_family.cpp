// SPDX-License-Identifier: Apache-2.0
#include "decode/histogram_family.h"

#include <algorithm>

#include "base/byte_table.h"

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

// Counts are summed in 128 bits, as everything is: a count that wraps would make the buckets above
// it smaller than those below.
struct HistogramFamily::Groups {
  ByteTable table;
  std::vector<exposition::Int128> counts;  // buckets of series 0, of series 1, ...
  std::vector<Amount> sums;
};

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

std::uint64_t HistogramFamily::render(Rows rows, exposition::BodyWriter& writer,
                                      DecodeState& state) const {
  writer.append(frame_.header);
  Groups groups;
  std::vector<char> labels(frame_.labels.max_bytes());
  for_each_part(rows, frame_.labels.has_cpu(), [&](const RowPart& part) {
    const char* end = write_labels(frame_.labels, part, labels.data(), state);
    if (end == nullptr) return true;
    const std::size_t series = groups.table.find_or_add({labels.data(), end});
    if (series == groups.sums.size()) {
      groups.sums.emplace_back();
      groups.counts.resize(groups.counts.size() + buckets_.size());
    }
    for (std::uint32_t cpu = 0; cpu < part.cpus; ++cpu) {
      add_row(part.key, part.value + std::size_t{cpu} * part.cpu_stride, series, groups, state);
    }
    return true;
  });
  std::uint64_t samples = 0;
  for (std::size_t series = 0; series < groups.table.size(); ++series) {
    samples += write_series(groups.table.bytes(series), &groups.counts[series * buckets_.size()],
                            groups.sums[series], writer);
  }
  return samples;
}

void HistogramFamily::add_row(const std::byte* key, const std::byte* value, std::size_t series,
                              Groups& groups, DecodeState& state) const {
  exposition::Int128* counts = &groups.counts[series * buckets_.size()];
  Amount& sum = groups.sums[series];
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
  if (source_.sum) sum.combine(Amount::of(source_.sum->read(value)), config::Aggregate::kSum);
}

std::uint64_t HistogramFamily::write_series(std::string_view labels,
                                            const exposition::Int128* counts, const Amount& sum,
                                            exposition::BodyWriter& writer) const {
  exposition::Int128 total = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) total += counts[bucket];
  if (frame_.skip_zero && total == 0) return 0;
  std::uint64_t samples = 0;
  const auto start_line = [&](const Literal& opening) {
    char* out = opening.write(writer.reserve(max_line_bytes_));
    return out + labels.copy(out, labels.size());
  };
  const auto finish_line = [&](char* out) {
    *out++ = '\n';
    writer.commit(out);
    ++samples;
  };
  exposition::Int128 cumulated = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    cumulated += counts[bucket];
    char* out = bucket_closings_[bucket].write(start_line(bucket_opening_));
    finish_line(exposition::write_wide(out, cumulated));
  }
  if (source_.sum || source_.sum_key) {
    finish_line(sum.write(closing_.write(start_line(sum_opening_)), unit_));
  }
  finish_line(exposition::write_wide(closing_.write(start_line(count_opening_)), total));
  return samples;
}

}  // namespace bpfmap::decode
