// SPDX-License-Identifier: Apache-2.0
#include "decode/map_sizes.h"

#include <string>
#include <string_view>

#include "kernel/map_sizes.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

std::optional<std::uint32_t> number(const std::optional<config::Located<std::uint64_t>>& size) {
  if (!size) return std::nullopt;
  return static_cast<std::uint32_t>(size->value);
}

kernel::MapSizes sizes_of(const config::MapSizeConfig& sizes) {
  return {number(sizes.key_size), number(sizes.value_size), number(sizes.max_entries)};
}

kernel::MapSizesRequest request_of(const config::MapSizesConfig& sizes) {
  return {sizes.map.value, sizes_of(sizes.own), sizes_of(sizes.inner)};
}

const config::MapSizesConfig* find_sizes(const config::Config& config, const std::string& map) {
  for (const config::MapSizesConfig& sizes : config.map_sizes) {
    if (sizes.map.value == map) return &sizes;
  }
  return nullptr;
}

// The number that a reason begins with, where the file has it.
std::optional<config::Position> place_of(const config::MapSizeConfig& sizes,
                                         std::string_view reason) {
  if (sizes.key_size && reason.starts_with("key_size")) return sizes.key_size->at;
  if (sizes.value_size && reason.starts_with("value_size")) return sizes.value_size->at;
  if (sizes.max_entries && reason.starts_with("max_entries")) return sizes.max_entries->at;
  return std::nullopt;
}

config::Position position_of(const config::Config& config, const std::string& map, bool inner,
                             std::string_view reason) {
  if (const config::MapSizesConfig* sizes = find_sizes(config, map)) {
    return place_of(inner ? sizes->inner : sizes->own, reason).value_or(sizes->map.at);
  }
  for (const config::MapConfig& one : config.maps) {
    const bool is_own = one.origin == config::MapOrigin::kObject;
    if (is_own && one.map.value == map) return one.map.at;
  }
  return config.object_position();
}

std::string in_words(const kernel::MapInfo& map) {
  return "map '" + map.name + "' (" + kernel::map_type_name(map.shape.type) + ")";
}

}  // namespace

std::vector<kernel::MapSizesRequest> size_requests(const config::Config& config) {
  std::vector<kernel::MapSizesRequest> requests;
  for (const config::MapSizesConfig& sizes : config.map_sizes) {
    requests.push_back(request_of(sizes));
  }
  return requests;
}

void set_map_sizes(const config::Config& config, kernel::Object& object,
                   config::Diagnostics& diagnostics) {
  for (const config::MapSizesConfig& sizes : config.map_sizes) {
    const auto set = object.set_sizes(request_of(sizes));
    if (!set) diagnostics.error(sizes.map.at, set.error().message());
  }
}

void check_map_sizes(const config::Config& config, std::span<const kernel::MapInfo> maps,
                     config::Diagnostics& diagnostics) {
  for (const kernel::MapInfo& map : maps) {
    if (const std::string why = kernel::why_not_creatable(map.shape); !why.empty()) {
      diagnostics.error(position_of(config, map.name, false, why), in_words(map) + ": " + why);
    }
    if (map.inner == nullptr) continue;
    const std::string why = kernel::why_not_creatable(map.inner->shape);
    if (why.empty()) continue;
    diagnostics.error(position_of(config, map.name, true, why),
                      in_words(map) + ": the maps in it (" +
                          kernel::map_type_name(map.inner->shape.type) + "): " + why);
  }
}

}  // namespace bpfmap::decode
