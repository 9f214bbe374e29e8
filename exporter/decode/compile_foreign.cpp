// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_foreign.h"

#include "decode/compile_object.h"
#include "decode/row_key.h"

namespace bpfmap::decode {
namespace {

// What the suffix is called where there is no label of it: no field of C has such a name.
constexpr const char* kUnlabelled = "(which map)";

// Every field of the key, as if the user had listed them: the suffix is to be summed away.
std::vector<config::LabelConfig> labels_of_all_fields(const config::MapConfig& map,
                                                      const kernel::MapInfo& rows) {
  std::vector<config::LabelConfig> labels;
  const kernel::TypePtr key = type_or_bytes(rows.key, rows.shape.key_size);
  for (const kernel::Field& field : kernel::leaf_fields(key, "key")) {
    config::LabelConfig label;
    std::string name = field.path;
    for (char& c : name) c = c == '.' ? '_' : c;
    label.name = {name, map.map.at};
    label.field = {map.map.at, field.path, std::nullopt};
    labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace

bool may_match_several(const config::MapConfig& map) {
  if (map.origin == config::MapOrigin::kLoadedName) return true;
  return map.origin == config::MapOrigin::kPinned &&
         map.map.value.find_first_of("*?[") != std::string::npos;
}

std::optional<RowsPlan> compile_foreign(const config::Config& config, const config::MapConfig& map,
                                        const kernel::MapInfo& info,
                                        const std::vector<std::string>& labels,
                                        config::Diagnostics& diagnostics) {
  const auto rows = rows_of(map, info, diagnostics);
  if (!rows) return std::nullopt;
  if (!may_match_several(map)) return compile_rows(config, map, *rows, diagnostics);
  config::MapConfig several = map;
  const std::string suffix = map.map_label ? map.map_label->value : kUnlabelled;
  if (!map.map_label && !map.labels) {
    several.labels = labels_of_all_fields(map, *rows);
  } else if (map.map_label && map.labels) {
    config::LabelConfig label;
    label.name = *map.map_label;
    label.field = {map.map_label->at, suffix, std::nullopt};
    several.labels->push_back(std::move(label));
  }
  return compile_rows(config, several, with_suffix(*rows, suffix, choice_of(labels)), diagnostics);
}

}  // namespace bpfmap::decode
