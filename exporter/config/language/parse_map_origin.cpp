// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "config/language/parts.h"

// Where a map comes from: `map:`, `variable:`, `pinned:` or `loaded:`.
namespace bpfmap::config {
namespace {

struct Origin {
  std::string_view key;
  MapOrigin origin;
};
constexpr std::array kOriginKeys = {
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

// As the kernel takes them.
bool is_map_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; });
}

bool parse_name(const Field& field, MapConfig& map) {
  auto name = field.located_text();
  if (!name) return false;
  if (!is_map_name(name->value)) {
    field.expected("the name of a map (letters, digits, '_' and '.'; patterns are for 'pinned')");
    return false;
  }
  map.map = std::move(*name);
  return true;
}

bool parse_id(const Field& field, MapConfig& map) {
  const auto id = field.unsigned_integer(1, std::numeric_limits<std::uint32_t>::max());
  if (!id) return false;
  map.origin = MapOrigin::kLoadedId;
  map.id = static_cast<std::uint32_t>(*id);
  map.map = {"id " + std::to_string(*id), field.at()};
  return true;
}

// The program or process that uses the map tells it from others of its name; an id needs nothing
// of the kind.
bool parse_user(const Mapping& loaded, MapConfig& map) {
  ForeignConfig& foreign = map.foreign;
  for (const std::string_view key : {"program", "owner"}) {
    if (!loaded.has(key)) continue;
    if (loaded.has("id") || (key == "owner" && loaded.has("program"))) {
      loaded.diagnostics().error(loaded.key_position(key),
                                 loaded.has("id") ? "'" + std::string(key) +
                                                        "' chooses among maps of one 'name'; an "
                                                        "'id' is one map"
                                                  : "expected either 'program' or 'owner'");
      return false;
    }
    auto& user = key == "program" ? foreign.program : foreign.owner;
    user = loaded.read(key, &Field::located_text);
    if (!user) return false;
  }
  return true;
}

bool parse_loaded(const Field& field, MapConfig& map) {
  static constexpr auto kKeys = std::to_array<std::string_view>({"name", "id", "program", "owner"});
  const Mapping mapping(field, "'loaded'", kKeys);
  if (!mapping) return false;
  if (mapping.has("name") == mapping.has("id")) {
    if (!mapping.is_misspelt("name") && !mapping.is_misspelt("id")) {
      field.error("expected either 'name' or 'id'");
    }
    return false;
  }
  const bool parsed = mapping.has("name") ? parse_name(*mapping.find("name"), map)
                                          : parse_id(*mapping.find("id"), map);
  return parsed && parse_user(mapping, map);
}

// A variable of a map that others have loaded is named beside where the map is from.
bool parse_foreign_variable(const Mapping& mapping, MapConfig& map) {
  const auto field = mapping.find("variable");
  if (!field || !map.is_foreign()) return true;
  map.foreign.variable = field->located_text();
  return map.foreign.variable.has_value();
}

// What chooses among maps of one name belongs to what they are called: two entries of a file may
// differ in that alone.
void name_foreign(MapConfig& map) {
  if (!map.is_foreign()) return;
  ForeignConfig& foreign = map.foreign;
  foreign.name = map.map.value;
  if (foreign.program) map.map.value += " of program " + foreign.program->value;
  if (foreign.owner) map.map.value += " of process " + foreign.owner->value;
  if (foreign.variable) map.map.value += " variable " + foreign.variable->value;
}

bool may_match_several(const MapConfig& map) {
  return map.origin == MapOrigin::kLoadedName ||
         (map.origin == MapOrigin::kPinned && is_glob(map.foreign.name));
}

// `map_label: NAME`, true for `map`, or false for none. A glob has one without being asked: what
// matches it is meant to be told apart.
void parse_map_label(const Mapping& mapping, MapConfig& map) {
  const auto field = mapping.find("map_label");
  if (!field) {
    if (map.origin == MapOrigin::kPinned && is_glob(map.foreign.name)) {
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
  map.foreign.adds_up = is_word && tree.scalar == "false";
  if (map.foreign.adds_up) return;
  if (is_word && tree.scalar == "true") {
    map.map_label = {"map", field->at()};
  } else {
    map.map_label = field->located_text();
  }
}

}  // namespace

bool parse_map_origin(const Mapping& mapping, MapConfig& map) {
  const Origin* chosen = nullptr;
  for (const Origin& origin : kOriginKeys) {
    if (!mapping.has(origin.key)) continue;
    // What a variable is in may be the object's, or a map of others.
    if (chosen != nullptr && chosen->origin == MapOrigin::kVariable) chosen = nullptr;
    if (chosen != nullptr) {
      mapping.diagnostics().error(mapping.key_position(origin.key),
                                  "a map has one of 'map', 'variable', 'pinned' and 'loaded', not "
                                  "several");
      return false;
    }
    chosen = &origin;
  }
  if (chosen == nullptr) {
    const bool is_misspelt =
        std::any_of(kOriginKeys.begin(), kOriginKeys.end(),
                    [&](const Origin& origin) { return mapping.is_misspelt(origin.key); });
    if (!is_misspelt) mapping.require("map");  // the usual one
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
  if (!parsed || !parse_foreign_variable(mapping, map)) return false;
  name_foreign(map);
  parse_map_label(mapping, map);
  return true;
}

}  // namespace bpfmap::config
