// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "exposition/family.h"
#include "exposition/text_format.h"
#include "exposition/text_layout.h"

// The formats that pages are written in. A format is a type here, and a template parameter of what
// writes: nothing is decided per sample. To add one: its layouts, its type, and a line in each of
// the things below. Any thread.
namespace bpfmap::exposition {

enum class Format : std::uint8_t { kText };

// Every format has
//   Scalar, Histogram   layouts of families (text_layout.h)
//   Writer              writes samples that no layout is made for (text_format.h)
//   header()            what comes before the samples of a family
struct TextFormat {
  using Scalar = TextScalar;
  using Histogram = TextHistogram;
  using Writer = TextWriter;
  static std::string header(const FamilyHead& head) { return text_family_header(head); }
};

// One family's layouts, one of each format.
using ScalarLayouts = std::tuple<TextFormat::Scalar>;
using HistogramLayouts = std::tuple<TextFormat::Histogram>;
inline constexpr std::size_t kFormats = std::tuple_size_v<ScalarLayouts>;

inline ScalarLayouts scalar_layouts(const FamilyHead& head, LabelSpace labels) {
  return {TextScalar(head, labels)};
}
inline HistogramLayouts histogram_layouts(const FamilyHead& head, LabelSpace labels,
                                          std::span<const std::string> bounds) {
  return {TextHistogram(head, labels, bounds)};
}

// Calls visit() with an object of the format's type.
template <typename Visit>
decltype(auto) with_format(Format format, Visit&& visit) {
  switch (format) {
    case Format::kText: break;
  }
  return visit(TextFormat());
}

// As metrics about scrapes call it.
inline std::string_view format_name(Format format) {
  switch (format) {
    case Format::kText: return "text";
  }
  return "";
}

// As a response names it.
inline std::string_view content_type(Format format) {
  switch (format) {
    case Format::kText: return kTextContentType;
  }
  return "";
}

}  // namespace bpfmap::exposition
