// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "exposition/body.h"
#include "exposition/metric_type.h"
#include "exposition/sample.h"

// The Prometheus text format 0.0.4. Source: "Exposition formats" in Prometheus' documentation.
namespace bpfmap::exposition {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

// The HELP line, left out where `help` is empty, and the TYPE line. `name` is the family's, valid
// (names.h); `help` may be any bytes.
std::string text_family_header(std::string_view name, std::string_view help, MetricType type);

// Writes families sample by sample: for pages whose cost does not matter (maps compile their lines
// into fragments instead). Keeps no state but the reference to `out`, which outlives it. The caller
// sees to what the format demands of a page: each family once, its samples together and without
// duplicates. One thread at a time.
class TextWriter {
 public:
  explicit TextWriter(BodyWriter& out) : out_(out) {}

  void family(std::string_view name, std::string_view help, MetricType type);

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
