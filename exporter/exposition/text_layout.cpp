// SPDX-License-Identifier: Apache-2.0
#include "exposition/text_layout.h"

#include <algorithm>

#include "exposition/text_format.h"

namespace bpfmap::exposition {
namespace {

std::string opening_of(const std::string& name, LabelSpace labels) {
  return name + (labels.any ? "{" : "");
}

const char* closing_of(LabelSpace labels) { return labels.any ? "} " : " "; }

}  // namespace

TextScalar::TextScalar(const FamilyHead& head, LabelSpace labels)
    : header_(text_family_header(head)),
      opening_(opening_of(head.name, labels)),
      closing_(closing_of(labels)),
      max_line_bytes_(opening_.size() + labels.max_bytes + closing_.size() + Literal::kSlack +
                      kMaxValueChars + 1) {}

TextHistogram::TextHistogram(const FamilyHead& head, LabelSpace labels,
                             std::span<const std::string> bounds)
    : header_(text_family_header(head)),
      has_labels_(labels.any),
      bucket_opening_(head.name + "_bucket{"),
      sum_opening_(opening_of(head.name + "_sum", labels)),
      count_opening_(opening_of(head.name + "_count", labels)),
      closing_(closing_of(labels)),
      max_line_bytes_(bucket_opening_.size() + labels.max_bytes + Literal::kSlack + kMaxValueChars +
                      1) {
  std::size_t longest = closing_.size();
  for (const std::string& bound : bounds) {
    const std::string label = (labels.any ? ",le=\"" : "le=\"") + bound;
    longest = std::max(longest, bound_closings_.emplace_back(label + "\"} ").size());
  }
  max_line_bytes_ += longest;
}

char* TextHistogram::start_line(BodyWriter& body, const Literal& opening,
                                std::string_view labels) const {
  char* out = opening.write(body.reserve(max_line_bytes_));
  return out + labels.copy(out, labels.size());
}

void TextHistogram::end_line(BodyWriter& body, char* out) {
  *out++ = '\n';
  body.commit(out);
}

Int128 TextHistogram::write_buckets(BodyWriter& body, std::string_view labels,
                                    std::span<const Int128> counts) const {
  // Labels that are all empty are left out where several maps export the family.
  const bool has_comma_too_many = labels.empty() && has_labels_;
  Int128 cumulated = 0;
  for (std::size_t bucket = 0; bucket < bound_closings_.size(); ++bucket) {
    cumulated += counts[bucket];
    char* const out = start_line(body, bucket_opening_, labels);
    char* end = bound_closings_[bucket].write(out);
    if (has_comma_too_many) end = std::copy(out + 1, end, out);
    end_line(body, write_wide(end, cumulated));
  }
  return cumulated;
}

}  // namespace bpfmap::exposition
