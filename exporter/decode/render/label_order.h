// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::decode {

// Labels of several maps as bytes that are equal where the labels are: in the order of their names,
// and without those that are empty, which are the same to Prometheus as those that are not there.
// One thread at a time.
class LabelOrder {
 public:
  // `names` are those of the labels that apply() gets, in their order.
  explicit LabelOrder(const std::vector<std::string>& names);

  // `labels` as they stand between the braces of the text format. Valid until the next call.
  std::string_view apply(std::string_view labels);

 private:
  std::vector<std::size_t> order_;  // which label comes first, which second, ...
  std::vector<std::string_view> pieces_;
  std::string text_;
};

}  // namespace bpfmap::decode
