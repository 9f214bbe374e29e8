// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>

#include "config/language/parts.h"

// The size of a map: key_size, value_size, max_entries, and `inner` with those of the maps in it.
namespace bpfmap::config {
namespace {

constexpr auto kSizeKeys =
    std::to_array<std::string_view>({"key_size", "value_size", "max_entries"});
constexpr std::string_view kInnerKey = "inner";

using OneSize = std::optional<Located<std::uint64_t>>;

// A number of 32 bits, which is what the kernel has for each of them.
OneSize parse_one_size(const Mapping& mapping, std::string_view key) {
  const auto field = mapping.find(key);
  if (!field) return std::nullopt;
  const auto size = field->unsigned_integer(1, std::numeric_limits<std::uint32_t>::max());
  if (!size) return std::nullopt;
  return Located<std::uint64_t>{*size, field->at()};
}

MapSizeConfig parse_size_keys(const Mapping& mapping) {
  return {parse_one_size(mapping, "key_size"), parse_one_size(mapping, "value_size"),
          parse_one_size(mapping, "max_entries")};
}

}  // namespace

bool is_size_key(std::string_view key) {
  return key == kInnerKey || std::find(kSizeKeys.begin(), kSizeKeys.end(), key) != kSizeKeys.end();
}

std::optional<MapSizesConfig> parse_map_sizes(const Mapping& mapping) {
  const bool own = std::any_of(kSizeKeys.begin(), kSizeKeys.end(),
                               [&](std::string_view key) { return mapping.has(key); });
  const auto inner = mapping.find(kInnerKey);
  if (!own && !inner) return std::nullopt;
  MapSizesConfig sizes;
  sizes.own = parse_size_keys(mapping);
  if (!inner) return sizes;
  const Mapping of_inner(*inner, "'inner'", kSizeKeys);
  if (of_inner) sizes.inner = parse_size_keys(of_inner);
  if (of_inner && inner->tree().pairs.empty()) {
    inner->expected("one of key_size, value_size and max_entries");
  }
  return sizes;
}

}  // namespace bpfmap::config
