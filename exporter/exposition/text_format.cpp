// SPDX-License-Identifier: Apache-2.0
#include "exposition/text_format.h"

#include <cstddef>
#include <cstring>
#include <limits>

#include "exposition/escape.h"

namespace bpfmap::exposition {
namespace {

std::string_view type_word(MetricType type) {
  switch (type) {
    case MetricType::kCounter: return "counter";
    case MetricType::kGauge: return "gauge";
    case MetricType::kHistogram: return "histogram";
    case MetricType::kSummary: return "summary";
    case MetricType::kUntyped: return "untyped";
  }
  return "untyped";
}

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

constexpr std::string_view kBehindName = "=\"";
constexpr std::size_t kMaxPunctuation = 4;  // ={ or a comma, quotes, equals sign

std::size_t max_label_bytes(const Label& label) {
  return label.first.size() + label.second.size() * kMaxLabelExpansion + kMaxPunctuation;
}

char* write_label(char* out, char before, const Label& label) {
  *out++ = before;
  out = put(out, label.first);
  out = put(out, kBehindName);
  bool lossy = false;
  out = write_label_value(out, label.second, &lossy);
  *out++ = '"';
  return out;
}

void write_sample(BodyWriter& body, std::string_view name, Labels labels, const Label* extra,
                  const Number& value) {
  constexpr std::size_t kBracesSpaceAndNewline = 4;
  std::size_t room = name.size() + kBracesSpaceAndNewline + Number::kMaxChars;
  for (const Label& label : labels) room += max_label_bytes(label);
  if (extra != nullptr) room += max_label_bytes(*extra);

  char* out = put(body.reserve(room), name);
  char before = '{';
  for (const Label& label : labels) {
    out = write_label(out, before, label);
    before = ',';
  }
  if (extra != nullptr) {
    out = write_label(out, before, *extra);
    before = ',';
  }
  if (before == ',') *out++ = '}';
  *out++ = ' ';
  out = value.write(out);
  *out++ = '\n';
  body.commit(out);
}

}  // namespace

std::string text_family_header(const FamilyHead& head) {
  std::string header;
  if (!head.help.empty()) {
    header.append("# HELP ").append(head.name).append(" ");
    append_help(header, head.help);
    header += '\n';
  }
  header.append("# TYPE ").append(head.name).append(" ").append(type_word(head.type)).append("\n");
  return header;
}

void TextWriter::family(const FamilyHead& head) { out_.append(text_family_header(head)); }

void TextWriter::sample(std::string_view name, Labels labels, const Number& value) {
  write_sample(out_, name, labels, nullptr, value);
}

void TextWriter::sample(std::string_view name, std::initializer_list<Label> labels,
                        const Number& value) {
  write_sample(out_, name, Labels(labels.begin(), labels.size()), nullptr, value);
}

void TextWriter::sample(std::string_view name, Labels labels, const Label& extra,
                        const Number& value) {
  write_sample(out_, name, labels, &extra, value);
}

void TextWriter::histogram(std::string_view name, Labels labels, const HistogramSample& histogram) {
  const std::string bucket = std::string(name) + "_bucket";
  Int128 count = 0;
  for (std::size_t i = 0; i < histogram.bounds.size(); ++i) {
    if (i < histogram.counts.size()) count += histogram.counts[i];
    char bound[kMaxDoubleChars];
    const char* const end = write_bound(bound, histogram.bounds[i]);
    sample(bucket, labels, {"le", {bound, static_cast<std::size_t>(end - bound)}}, count);
  }
  for (std::size_t i = histogram.bounds.size(); i < histogram.counts.size(); ++i) {
    count += histogram.counts[i];
  }
  sample(bucket, labels, {"le", "+Inf"}, count);
  if (histogram.sum) sample(std::string(name) + "_sum", labels, *histogram.sum);
  sample(std::string(name) + "_count", labels, count);
}

}  // namespace bpfmap::exposition
