// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "exposition/body.h"
#include "exposition/family.h"
#include "exposition/sample.h"

// The Prometheus text format 0.0.4. Source: "Exposition formats" in Prometheus' documentation.
namespace bpfmap::exposition {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

// The HELP line, left out where there is no help, and the TYPE line.
std::string text_family_header(const FamilyHead& head);

// Writes families sample by sample: for pages whose cost does not matter (maps have their lines
// laid out: text_layout.h). Keeps no state but the reference to `out`, which outlives it. The
// caller sees to what the format demands of a page: each family once, its samples together and
// without duplicates. One thread at a time.
class TextWriter {
 public:
  explicit TextWriter(BodyWriter& out) : out_(out) {}

  void family(const FamilyHead& head);

  // `name` with its suffix, if it has one.
  void sample(std::string_view name, Labels labels, const Number& value);
  void sample(std::string_view name, std::initializer_list<Label> labels, const Number& value);
  // `extra` comes behind the others: the `le` of a bucket, the `quantile` of a
  // summary (see write_bound).
  void sample(std::string_view name, Labels labels, const Label& extra, const Number& value);

  // The buckets with their cumulated counts, the one of +Inf, `_sum` if it is known, and `_count`.
  void histogram(std::string_view name, Labels labels, const HistogramSample& histogram);

 private:
  BodyWriter& out_;
};

}  // namespace bpfmap::exposition
