// SPDX-License-Identifier: Apache-2.0
#include "collect/foreign_match.h"

#include <algorithm>
#include <utility>

#include "decode/compile_foreign.h"
#include "decode/compile_object.h"
#include "kernel/map_difference.h"

namespace bpfmap::collect {
namespace {

using Maps = std::vector<kernel::ForeignMap>;

Error match_error(const std::string& subject, std::string detail, std::string hint) {
  return Error{.kind = ErrorKind::kConfiguration,
               .operation = "read maps",
               .subject = subject,
               .detail = std::move(detail),
               .hint = std::move(hint)};
}

std::string two_ids(const kernel::ForeignMap& one, const kernel::ForeignMap& other) {
  return "the maps with ids " + std::to_string(one.id) + " and " + std::to_string(other.id);
}

// Cut after a dozen.
std::string ids_of(const Maps& maps) {
  constexpr std::size_t kMost = 12;
  std::string ids;
  for (std::size_t i = 0; i < std::min(maps.size(), kMost); ++i) {
    ids += (ids.empty() ? "" : ", ") + std::to_string(maps[i].id);
  }
  return maps.size() > kMost ? ids + ", ..." : ids;
}

Result<void> check_told_apart(const config::MapConfig& map, const Maps& maps,
                              const std::string& subject) {
  const bool is_meant = map.map_label.has_value() || map.foreign.adds_up;
  if (maps.size() == 1 || is_meant) return {};
  const bool has_user = map.foreign.program || map.foreign.owner;
  return unexpected(match_error(
      subject, std::to_string(maps.size()) + " maps have that name (ids " + ids_of(maps) + ")",
      std::string(has_user ? "" : "'program' or 'owner' beside 'name' choose by what uses them; ") +
          "'map_label: NAME' tells them apart, 'map_label: false' adds them up"));
}

Result<void> check_variables(const config::MapConfig& map, const Maps& maps,
                             const std::string& subject) {
  const std::string& name = map.foreign.variable->value;
  const kernel::GlobalInfo* first = variable_in(maps.front(), name);
  if (first == nullptr) return {};  // what compiles it says so, with its place
  for (const kernel::ForeignMap& found : maps) {
    const kernel::GlobalInfo* variable = variable_in(found, name);
    std::string fields;
    std::string others;
    kernel::append_fields(fields, *first->type);
    if (variable != nullptr) kernel::append_fields(others, *variable->type);
    if (fields == others) continue;
    return unexpected(
        match_error(subject, two_ids(maps.front(), found) + " differ in variable '" + name + "'",
                    "use a pattern that matches maps of one kind only"));
  }
  return {};
}

Result<void> check_alike(const Maps& maps, const std::string& subject) {
  for (const kernel::ForeignMap& found : maps) {
    const std::string difference = kernel::map_difference(*maps.front().info, *found.info);
    if (difference.empty()) continue;
    return unexpected(match_error(subject,
                                  two_ids(maps.front(), found) + " differ in " + difference,
                                  "use a pattern that matches maps of one kind only"));
  }
  return {};
}

}  // namespace

kernel::ForeignMapQuery query_of(const config::MapConfig& map) {
  switch (map.origin) {
    case config::MapOrigin::kLoadedName: {
      const auto text = [](const auto& user) { return user ? user->value : std::string(); };
      return kernel::LoadedMapsByName{map.foreign.name, text(map.foreign.program),
                                      text(map.foreign.owner)};
    }
    case config::MapOrigin::kLoadedId: return kernel::LoadedMapById{map.id};
    default: return kernel::PinnedMaps{map.foreign.name};
  }
}

Result<void> check_match(const config::MapConfig& map, const Maps& found,
                         const std::string& subject) {
  if (auto apart = check_told_apart(map, found, subject); !apart) return apart;
  return map.foreign.variable ? check_variables(map, found, subject) : check_alike(found, subject);
}

std::uint32_t most_entries(const Maps& found) {
  std::uint32_t most = 0;
  for (const kernel::ForeignMap& map : found) most = std::max(most, map.info->shape.max_entries);
  return most;
}

std::optional<decode::RowsPlan> compile_found(const config::Config& config,
                                              const config::MapConfig& map,
                                              const kernel::ForeignMap& first, std::uint32_t most,
                                              const std::vector<std::string>& labels,
                                              config::Diagnostics& diagnostics) {
  kernel::MapInfo info = *first.info;
  info.shape.max_entries = most;
  if (map.foreign.variable) {
    const kernel::GlobalInfo* variable = decode::find_variable(map, *first.variables, diagnostics);
    if (variable == nullptr) return std::nullopt;
    info = decode::variable_as_map(*variable);
  }
  auto rows = decode::compile_foreign(config, map, info, labels, diagnostics);
  if (!rows && !map.foreign.variable && !first.variables->empty()) {
    diagnostics.notice(map.map.at, "map '" + map.map.value +
                                       "' holds global variables: 'variable: " +
                                       first.variables->front().name + "' reads one of them");
  }
  return rows;
}

const kernel::GlobalInfo* variable_in(const kernel::ForeignMap& found, const std::string& name) {
  const auto at =
      std::find_if(found.variables->begin(), found.variables->end(),
                   [&](const kernel::GlobalInfo& variable) { return variable.name == name; });
  return at == found.variables->end() ? nullptr : &*at;
}

}  // namespace bpfmap::collect
