// SPDX-License-Identifier: Apache-2.0
#include "decode/scalar_family.h"

#include <string_view>
#include <vector>

#include "base/byte_table.h"

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
  if (has_rest(rows) || frame_.coverage.leaves_data() ||
      !frame_.coverage.padding_is_uniform(rows)) {
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

Amount ScalarFamily::value_of(const RowPart& part) const {
  Amount amount = Amount::of(value_.read(part.value));
  for (std::uint32_t cpu = 1; cpu < part.cpus; ++cpu) {
    const std::byte* value = part.value + std::size_t{cpu} * part.cpu_stride;
    amount.combine(Amount::of(value_.read(value)), aggregate_);
  }
  return amount;
}

std::uint64_t ScalarFamily::render_rows(Rows rows, exposition::BodyWriter& writer,
                                        DecodeState& state) const {
  std::uint64_t samples = 0;
  for_each_part(rows, frame_.labels.has_cpu(), [&](const RowPart& part) {
    const Amount amount = value_of(part);
    if (frame_.skip_zero && amount.is_zero()) return true;
    char* out = opening_.write(writer.reserve(max_sample_bytes_));
    out = frame_.labels.write(part.key, part.cpu, out, state);
    if (out == nullptr) return true;
    out = amount.write(closing_.write(out), scale_);
    *out++ = '\n';
    writer.commit(out);
    ++samples;
    return !state.lossy;
  });
  return samples;
}

std::uint64_t ScalarFamily::render_merged(Rows rows, exposition::BodyWriter& writer,
                                          DecodeState& state) const {
  ByteTable table;
  std::vector<Amount> amounts;
  std::vector<char> labels(frame_.labels.max_bytes());
  for_each_part(rows, frame_.labels.has_cpu(), [&](const RowPart& part) {
    const char* end = write_labels(frame_.labels, part, labels.data(), state);
    if (end == nullptr) return true;
    const std::size_t series = table.find_or_add({labels.data(), end});
    const Amount amount = value_of(part);
    if (series == amounts.size()) {
      amounts.push_back(amount);
    } else {
      amounts[series].combine(amount, aggregate_);
    }
    return true;
  });
  std::uint64_t samples = 0;
  for (std::size_t series = 0; series < table.size(); ++series) {
    if (frame_.skip_zero && amounts[series].is_zero()) continue;
    const std::string_view text = table.bytes(series);
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
