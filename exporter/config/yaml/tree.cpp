// SPDX-License-Identifier: Apache-2.0
#include "config/tree.h"

namespace bpfmap::config {

Tree::Tree() = default;

const Tree* Tree::find(std::string_view key) const {
  for (const auto& [name, value] : pairs) {
    if (name.value == key) return &value;
  }
  return nullptr;
}

}  // namespace bpfmap::config
