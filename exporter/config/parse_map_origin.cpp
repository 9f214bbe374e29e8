// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <limits>

#include "config/parts.h"

// Where a map comes from: `map:`, `variable:`, `pinned:` or `loaded:`.
namespace bpfmap::config {
namespace {

struct Origin {
  std::string_view key;
  MapOrigin origin;
};
constexpr std::array kOrigins = {
    Origin{"map", MapOrigin::kObject}, Origin{"variable", MapOrigin::kVariable},
    Origin{"pinned", MapOrigin::kPinned}, Origin{"loaded", MapOrigin::kLoadedName}};

bool is_glob(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

bool parse_pinned(const Field& field, MapConfig& map) {
  auto path = field.located_text();
  if (!path) return false;
  if (!path->value.starts_with('/')) {
    field.expected("an absolute path below a bpf file system, or a glob");
    return false;
  }
  map.map = std::move(*path);
  return true;
}

bool parse_loaded(const Field& field, MapConfig& map) {
  static constexpr auto kKeys = std::to_array<std::string_view>({"name", "id"});
  const Mapping mapping(field, "'loaded'", kKeys);
  if (!mapping) return false;
  if (mapping.has("name") == mapping.has("id")) {
    field.error("expected either 'name' or 'id'");
    return false;
  }
  if (auto name = mapping.read("name", &Field::located_text)) {
    map.map = std::move(*name);
    return true;
  }
  const auto id_field = mapping.find("id");
  const auto id = id_field
                      ? id_field->unsigned_integer(1, std::numeric_limits<std::uint32_t>::max())
                      : std::nullopt;
  if (!id) return false;
  map.origin = MapOrigin::kLoadedId;
  map.id = static_cast<std::uint32_t>(*id);
  map.map = {"id " + std::to_string(*id), id_field->at()};
  return true;
}

bool may_match_several(const MapConfig& map) {
  return map.origin == MapOrigin::kLoadedName ||
         (map.origin == MapOrigin::kPinned && is_glob(map.map.value));
}

// `map_label: NAME`, true for `map`, or false for none. A glob has one without being asked: what
// matches it is meant to be told apart.
void parse_map_label(const Mapping& mapping, MapConfig& map) {
  const auto field = mapping.find("map_label");
  if (!field) {
    if (map.origin == MapOrigin::kPinned && is_glob(map.map.value)) {
      map.map_label = {"map", map.map.at};
    }
    return;
  }
  if (!may_match_several(map)) {
    mapping.diagnostics().error(
        mapping.key_position("map_label"),
        "only 'pinned' with a wildcard and 'loaded' by name can match several maps");
    return;
  }
  const Tree& tree = field->tree();
  const bool is_word = tree.is_scalar() && !tree.quoted;
  if (is_word && tree.scalar == "false") return;
  if (is_word && tree.scalar == "true") {
    map.map_label = {"map", field->at()};
  } else {
    map.map_label = field->located_text();
  }
}

}  // namespace

bool parse_map_origin(const Mapping& mapping, MapConfig& map) {
  const Origin* chosen = nullptr;
  for (const Origin& origin : kOrigins) {
    if (!mapping.has(origin.key)) continue;
    if (chosen != nullptr) {
      mapping.diagnostics().error(mapping.key_position(origin.key),
                                  "a map has one of 'map', 'variable', 'pinned' and 'loaded', not "
                                  "several");
      return false;
    }
    chosen = &origin;
  }
  if (chosen == nullptr) {
    // The usual one.
    mapping.require("map");
    return false;
  }
  map.origin = chosen->origin;
  const Field field = *mapping.find(chosen->key);
  bool parsed = false;
  switch (chosen->origin) {
    case MapOrigin::kPinned: parsed = parse_pinned(field, map); break;
    case MapOrigin::kLoadedName:
    case MapOrigin::kLoadedId: parsed = parse_loaded(field, map); break;
    case MapOrigin::kObject:
    case MapOrigin::kVariable:
      if (auto name = field.located_text()) {
        map.map = std::move(*name);
        parsed = true;
      }
      break;
  }
  if (parsed) parse_map_label(mapping, map);
  return parsed;
}

}  // namespace bpfmap::config
