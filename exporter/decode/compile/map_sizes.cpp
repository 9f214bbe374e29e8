// SPDX-License-Identifier: Apache-2.0
#include "decode/map_sizes.h"

#include <set>
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

// The maps that did not get theirs: what else could be said of them is not what the file says.
std::set<std::string> set_sizes(const config::Config& config, kernel::Object& object,
                                config::Diagnostics& diagnostics) {
  std::set<std::string> wrong;
  for (const config::MapSizesConfig& sizes : config.map_sizes) {
    const auto set = object.set_sizes(request_of(sizes));
    if (set) continue;
    diagnostics.error(sizes.map.at, set.error().message());
    wrong.insert(sizes.map.value);
  }
  return wrong;
}

void check_sizes(const config::Config& config, const kernel::MapInfo& map,
                 config::Diagnostics& diagnostics) {
  if (const std::string why = kernel::why_not_creatable(map.shape); !why.empty()) {
    diagnostics.error(position_of(config, map.name, false, why), in_words(map) + ": " + why);
  }
  if (map.inner == nullptr) return;
  const std::string why = kernel::why_not_creatable(map.inner->shape);
  if (why.empty()) return;
  diagnostics.error(position_of(config, map.name, true, why),
                    in_words(map) + ": the maps in it (" +
                        kernel::map_type_name(map.inner->shape.type) + "): " + why);
}

}  // namespace

std::vector<kernel::MapSizesRequest> size_requests(const config::Config& config) {
  std::vector<kernel::MapSizesRequest> requests;
  for (const config::MapSizesConfig& sizes : config.map_sizes) {
    requests.push_back(request_of(sizes));
  }
  return requests;
}

void apply_map_sizes(const config::Config& config, kernel::Object& object,
                     config::Diagnostics& diagnostics) {
  const std::set<std::string> wrong = set_sizes(config, object, diagnostics);
  for (const kernel::MapInfo& map : object.maps()) {
    if (!wrong.contains(map.name)) check_sizes(config, map, diagnostics);
  }
}

}  // namespace bpfmap::decode
