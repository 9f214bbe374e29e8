// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exposition/body.h"
#include "exposition/family.h"
#include "exposition/literal.h"
#include "exposition/numbers.h"

// The lines of one family in the text format 0.0.4, laid out once, so that a million samples cost
// copies of constant pieces and the digits between them. Immutable; any number of threads write at
// a time, each into a body of its own. What a format has is in formats.h.
namespace bpfmap::exposition {

// One line a series: counters and gauges.
class TextScalar {
 public:
  TextScalar(const FamilyHead& head, LabelSpace labels);

  // The # HELP and # TYPE lines.
  const std::string& header() const { return header_; }

  // Writes one sample. `write_labels(char* out)` writes its labels, see LabelSpace, and returns
  // their end; null where there is no sample after all. Whether there is one.
  template <typename WriteLabels, SampleValue Value>
  bool write(BodyWriter& body, const WriteLabels& write_labels, const Value& value) const {
    static_assert(Value::kMaxChars <= kMaxValueChars);
    char* out = write_labels(opening_.write(body.reserve(max_line_bytes_)));
    if (out == nullptr) return false;
    out = value.write(closing_.write(out));
    *out++ = '\n';
    body.commit(out);
    return true;
  }

 private:
  static constexpr std::size_t kMaxValueChars = kMaxWideChars;

  std::string header_;
  Literal opening_;  // `name{`
  Literal closing_;  // `} `
  std::size_t max_line_bytes_;
};

// Some lines a series: cumulated buckets, the sum, and the count.
class TextHistogram {
 public:
  // `bounds` are the `le` of all buckets, the last of them +Inf.
  TextHistogram(const FamilyHead& head, LabelSpace labels, std::span<const std::string> bounds);

  const std::string& header() const { return header_; }

  // Writes one series. `counts` are those of each bucket alone; the count of all is theirs, so that
  // the two agree. Returns the number of samples.
  template <SampleValue Sum>
  std::size_t write(BodyWriter& body, std::string_view labels, std::span<const Int128> counts,
                    const std::optional<Sum>& sum) const {
    static_assert(Sum::kMaxChars <= kMaxValueChars);
    const Int128 count = write_buckets(body, labels, counts);
    if (sum) end_line(body, sum->write(closing_.write(start_line(body, sum_opening_, labels))));
    end_line(body, write_wide(closing_.write(start_line(body, count_opening_, labels)), count));
    return bound_closings_.size() + (sum ? 2 : 1);
  }

 private:
  static constexpr std::size_t kMaxValueChars = kMaxWideChars;

  Int128 write_buckets(BodyWriter& body, std::string_view labels,
                       std::span<const Int128> counts) const;
  char* start_line(BodyWriter& body, const Literal& opening, std::string_view labels) const;
  static void end_line(BodyWriter& body, char* out);

  std::string header_;
  bool has_labels_;
  Literal bucket_opening_;               // `name_bucket{`
  std::vector<Literal> bound_closings_;  // `,le="0.001"} `, of each bucket
  Literal sum_opening_;                  // `name_sum{`
  Literal count_opening_;                // `name_count{`
  Literal closing_;                      // `} `
  std::size_t max_line_bytes_;
};

}  // namespace bpfmap::exposition
