// SPDX-License-Identifier: Apache-2.0
#include "decode/render/label_order.h"

#include <algorithm>
#include <numeric>

namespace bpfmap::decode {
namespace {

// `name="value"` at the beginning of `labels`; quotes in values are escaped.
std::string_view first_label(std::string_view labels) {
  std::size_t at = labels.find('"') + 1;
  while (at < labels.size() && labels[at] != '"') at += labels[at] == '\\' ? 2 : 1;
  return labels.substr(0, at + 1);
}

}  // namespace

LabelOrder::LabelOrder(const std::vector<std::string>& names) : order_(names.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(),
            [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
}

std::string_view LabelOrder::apply(std::string_view labels) {
  pieces_.clear();
  while (!labels.empty()) {
    pieces_.push_back(first_label(labels));
    labels.remove_prefix(std::min(pieces_.back().size() + 1, labels.size()));  // with the comma
  }
  text_.clear();
  for (const std::size_t index : order_) {
    const std::string_view piece = pieces_[index];
    if (piece.ends_with("=\"\"")) continue;
    if (!text_.empty()) text_ += ',';
    text_ += piece;
  }
  return text_;
}

}  // namespace bpfmap::decode
