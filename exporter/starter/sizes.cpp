// SPDX-License-Identifier: Apache-2.0
#include "starter/sizes.h"

#include <memory>
#include <optional>

#include "kernel/map_sizes.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

void apply_usual_sizes(kernel::MapShape& shape) {
  const kernel::MapSizes sizes = kernel::usual_sizes(shape);
  shape.key_size = sizes.key_size.value_or(shape.key_size);
  shape.value_size = sizes.value_size.value_or(shape.value_size);
  shape.max_entries = sizes.max_entries.value_or(shape.max_entries);
}

std::string size_line(const std::string& indent, const char* key,
                      const std::optional<std::uint32_t>& size) {
  if (!size) return {};
  return indent + key + ": " + std::to_string(*size) + "\n";
}

std::string size_lines(const std::string& indent, const kernel::MapSizes& sizes) {
  return size_line(indent, "key_size", sizes.key_size) +
         size_line(indent, "value_size", sizes.value_size) +
         size_line(indent, "max_entries", sizes.max_entries);
}

}  // namespace

std::vector<kernel::MapInfo> sized_maps(const std::vector<kernel::MapInfo>& maps) {
  std::vector<kernel::MapInfo> sized = maps;
  for (kernel::MapInfo& map : sized) {
    apply_usual_sizes(map.shape);
    if (map.inner == nullptr) continue;
    auto inner = std::make_shared<kernel::MapInfo>(*map.inner);
    apply_usual_sizes(inner->shape);
    map.inner = std::move(inner);
  }
  return sized;
}

std::string sizes_yaml(const kernel::MapInfo& map) {
  const std::string indent = "    ";
  std::string text = size_lines(indent, kernel::usual_sizes(map.shape));
  if (map.inner != nullptr) {
    const std::string inner = size_lines(indent + "  ", kernel::usual_sizes(map.inner->shape));
    if (!inner.empty()) text += indent + "inner:\n" + inner;
  }
  if (text.empty()) return text;
  return comment("The object leaves its size to what loads it. A usual one:", indent) + text;
}

}  // namespace bpfmap::starter
