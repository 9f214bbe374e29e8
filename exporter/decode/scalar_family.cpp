// SPDX-License-Identifier: Apache-2.0
#include "decode/scalar_family.h"

#include <string_view>
#include <vector>

#include "decode/series_table.h"

namespace bpfmap::decode {

ScalarFamily::ScalarFamily(FamilyFrame frame, NumberSource value, config::Ratio scale,
                           config::Aggregate aggregate)
    : frame_(std::move(frame)),
      value_(value),
      scale_(scale),
      aggregate_(aggregate),
      opening_(frame_.name + (frame_.labels.empty() ? "" : "{")),
      closing_(frame_.labels.empty() ? " " : "} "),
      max_sample_bytes_(opening_.size() + frame_.labels.max_bytes() + closing_.size() +
                        Literal::kSlack + Amount::kMaxChars + 1) {}

std::uint64_t ScalarFamily::render(Rows rows, exposition::BodyWriter& writer,
                                   DecodeState& state) const {
  writer.append(frame_.header);
  if (frame_.coverage.leaves_data() || !frame_.coverage.padding_is_uniform(rows)) {
    return render_merged(rows, writer, state);
  }
  const exposition::BodyWriter::Mark start = writer.mark();
  const std::uint64_t errors = state.errors;
  state.lossy = false;
  const std::uint64_t samples = render_rows(rows, writer, state);
  if (!state.lossy) return samples;
  // A decoder dropped bytes, so that two rows may have come out alike: once more, the careful way.
  writer.rewind(start);
  state.errors = errors;
  return render_merged(rows, writer, state);
}

Amount ScalarFamily::value_of(const std::byte* row_value, std::uint32_t cpu) const {
  Amount amount = Amount::of(value_.read(row_value + std::size_t{cpu} * frame_.cpu_stride));
  if (frame_.labels.has_cpu()) return amount;
  for (std::uint32_t other = 1; other < frame_.cpus; ++other) {
    const std::byte* value = row_value + std::size_t{other} * frame_.cpu_stride;
    amount.combine(Amount::of(value_.read(value)), aggregate_);
  }
  return amount;
}

std::uint64_t ScalarFamily::render_rows(Rows rows, exposition::BodyWriter& writer,
                                        DecodeState& state) const {
  std::uint64_t samples = 0;
  for_each_row(rows, [&](const std::byte* key, const std::byte* value) {
    if (state.lossy) return;
    for (std::uint32_t cpu = 0; cpu < frame_.cpu_series(); ++cpu) {
      const Amount amount = value_of(value, cpu);
      if (frame_.skip_zero && amount.is_zero()) continue;
      char* out = opening_.write(writer.reserve(max_sample_bytes_));
      out = frame_.labels.write(key, cpu, out, state);
      out = amount.write(closing_.write(out), scale_);
      *out++ = '\n';
      writer.commit(out);
      ++samples;
    }
  });
  return samples;
}

std::uint64_t ScalarFamily::render_merged(Rows rows, exposition::BodyWriter& writer,
                                          DecodeState& state) const {
  SeriesTable table;
  std::vector<Amount> amounts;
  std::vector<char> labels(frame_.labels.max_bytes());
  for_each_row(rows, [&](const std::byte* key, const std::byte* value) {
    for (std::uint32_t cpu = 0; cpu < frame_.cpu_series(); ++cpu) {
      const char* end = frame_.labels.write(key, cpu, labels.data(), state);
      const std::size_t series = table.find_or_add({labels.data(), end});
      const Amount amount = value_of(value, cpu);
      if (series == amounts.size()) {
        amounts.push_back(amount);
      } else {
        amounts[series].combine(amount, aggregate_);
      }
    }
  });
  std::uint64_t samples = 0;
  for (std::size_t series = 0; series < table.size(); ++series) {
    if (frame_.skip_zero && amounts[series].is_zero()) continue;
    const std::string_view text = table.labels(series);
    char* out = opening_.write(writer.reserve(max_sample_bytes_));
    out = closing_.write(out + text.copy(out, text.size()));
    out = amounts[series].write(out, scale_);
    *out++ = '\n';
    writer.commit(out);
    ++samples;
  }
  return samples;
}

}  // namespace bpfmap::decode
