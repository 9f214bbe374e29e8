// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_foreign.h"

#include "decode/compile/find_by_name.h"
#include "decode/compile_object.h"
#include "decode/row_key.h"

namespace bpfmap::decode {
namespace {

// Whether the label that tells maps apart could be taken for a part of their key.
bool is_field(const config::MapConfig& map, const kernel::MapInfo& rows) {
  if (!map.map_label) return false;
  const std::string& name = map.map_label->value;
  const kernel::TypePtr key = key_or_bytes(rows);
  for (const kernel::Field& field : kernel::leaf_fields(key, "key")) {
    if (field.path == name || field.path.starts_with(name + ".")) return true;
  }
  return false;
}

}  // namespace

bool may_match_several(const config::MapConfig& map) {
  if (map.origin == config::MapOrigin::kLoadedName) return true;
  return map.origin == config::MapOrigin::kPinned &&
         map.foreign.name.find_first_of("*?[") != std::string::npos;
}

const kernel::GlobalInfo* find_variable(const config::MapConfig& map,
                                        std::span<const kernel::GlobalInfo> variables,
                                        config::Diagnostics& diagnostics) {
  const config::Located<std::string>& name = *map.foreign.variable;
  if (variables.empty()) {
    diagnostics.error(name.at, "no variable '" + name.value + "' in map '" + map.foreign.name +
                                   "': it is no section of variables (.bss, .data), or was created "
                                   "without BTF");
    return nullptr;
  }
  return find_by_name(variables, "variable", name, "map '" + map.foreign.name + "'", diagnostics);
}

std::optional<RowsPlan> compile_foreign(const config::Config& config, const config::MapConfig& map,
                                        const kernel::MapInfo& info,
                                        const std::vector<std::string>& labels,
                                        config::Diagnostics& diagnostics) {
  kernel::MapInfo named = info;
  named.name = map.map.value;  // what the user calls it, and not what its owner does
  if (map.foreign.variable) check_variable_keys(map, diagnostics);
  const auto rows = rows_of(map, named, diagnostics);
  if (!rows) return std::nullopt;
  if (!may_match_several(map)) return compile_rows(config, map, *rows, diagnostics);
  if (is_field(map, *rows)) {
    diagnostics.error(map.map_label->at, "label '" + map.map_label->value +
                                             "', which tells the maps apart, is a field of their "
                                             "key as well; choose another 'map_label'");
    return std::nullopt;
  }
  config::MapConfig several = map;
  const std::string suffix = map.map_label ? map.map_label->value : "";
  if (map.map_label && map.labels) {
    config::LabelConfig label;
    label.name = *map.map_label;
    label.field = {map.map_label->at, suffix, std::nullopt};
    several.labels->push_back(std::move(label));
  }
  return compile_rows(config, several, with_suffix(*rows, suffix, choice_of(labels)), diagnostics);
}

}  // namespace bpfmap::decode
