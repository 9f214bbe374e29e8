// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>

#include "config/language/parts.h"

namespace bpfmap::config {
namespace {

constexpr auto kFileKeys = std::to_array<std::string_view>(
    {"object", "builtin", "prefix", "labels", "interval", "max_age", "globals", "kernel_addresses",
     "programs", "cgroup_ids", "maps", "inventory", "pin"});

constexpr auto kCgroupKeys = std::to_array<std::string_view>({"map", "paths"});

// Objects lie beside the file that names them. What is not a file has no folder.
std::string beside(const std::string& file, const std::string& object) {
  if (file.starts_with("builtin:")) return object;
  return (std::filesystem::path(file).parent_path() / object).string();
}

void parse_origin(const Mapping& file, Config& config) {
  config.object = file.read("object", &Field::located_text);
  config.builtin = file.read("builtin", &Field::located_text);
  if (config.object) config.object->value = beside(config.source->path, config.object->value);
  if (file.has("object") && file.has("builtin")) {
    file.diagnostics().error(file.key_position("builtin"),
                             "a file has 'object' or 'builtin', not both");
  }
}

// Whether some map, right or wrong, is not one of others.
bool reads_own(const Tree& maps) {
  return maps.items.empty() ||
         std::any_of(maps.items.begin(), maps.items.end(), [](const Tree& map) {
           return map.find("pinned") == nullptr && map.find("loaded") == nullptr;
         });
}

// A file that only reads what others have loaded, or only lists it, has no object.
void check_origin(const Mapping& file, const Config& config) {
  if (file.has_or_misspells("object") || file.has_or_misspells("builtin")) return;
  const auto needs_object = [&](std::string_view key) {
    file.diagnostics().error(file.key_position(key),
                             "'" + std::string(key) + "' needs 'object' or 'builtin'");
  };
  for (const std::string_view key :
       {"globals", "kernel_addresses", "programs", "cgroup_ids", "pin"}) {
    if (file.has(key)) needs_object(key);
  }
  const auto maps = file.find("maps");
  if (maps ? reads_own(maps->tree()) : !config.inventory) {
    file.diagnostics().error({}, "the file needs 'object' (a path) or 'builtin' (a name)");
  }
}

void parse_constant_labels(const Field& labels, Config& config) {
  const auto* pairs = labels.pairs();
  if (pairs == nullptr) return;
  for (const auto& [name, value] : *pairs) {
    const Field field(value, "label " + in_quotes(name.value), labels.diagnostics());
    if (auto text = field.scalar()) config.labels.push_back({name, std::move(*text)});
  }
}

void parse_globals(const Field& globals, Config& config) {
  const auto* pairs = globals.pairs();
  if (pairs == nullptr) return;
  for (const auto& [name, value] : *pairs) {
    if (value.is_null()) {
      Field(value, "global " + in_quotes(name.value), globals.diagnostics()).expected("a value");
    } else {
      config.globals.push_back({name, value});
    }
  }
}

void parse_kernel_addresses(const Field& addresses, Config& config) {
  const auto* pairs = addresses.pairs();
  if (pairs == nullptr) return;
  for (const auto& [name, value] : *pairs) {
    const Field field(value, "kernel address " + in_quotes(name.value), addresses.diagnostics());
    if (auto symbol = field.located_text()) {
      config.kernel_addresses.push_back({name, *std::move(symbol)});
    }
  }
}

void parse_cgroup_ids(const Field& list, Config& config) {
  const std::vector<Tree>* items = list.list();
  if (items == nullptr) return;
  for (const Tree& item : *items) {
    const Mapping mapping(Field(item, "cgroup ids", list.diagnostics()), "an entry of 'cgroup_ids'",
                          kCgroupKeys);
    auto map = mapping.require("map", &Field::located_text);
    const auto paths = mapping.require("paths");
    const std::vector<Tree>* expressions = paths ? paths->list() : nullptr;
    if (!map || expressions == nullptr) continue;
    CgroupIdsConfig ids{*std::move(map), {}};
    for (const Tree& expression : *expressions) {
      auto pattern = Field(expression, "path", list.diagnostics()).pattern();
      if (pattern) ids.paths.push_back(*std::move(pattern));
    }
    config.cgroup_ids.push_back(std::move(ids));
  }
}

}  // namespace

void parse_file(const Field& root, Config& config) {
  const Mapping file(root, "the file", kFileKeys);
  if (!file) return;
  parse_origin(file, config);
  if (const auto prefix = file.find("prefix")) {
    config.prefix = {prefix->scalar().value_or(""), prefix->at()};
  }
  if (const auto labels = file.find("labels")) parse_constant_labels(*labels, config);
  MapDefaults defaults;
  defaults.interval = file.read("interval", &Field::interval).value_or(defaults.interval);
  defaults.max_age = file.read("max_age", &Field::duration).value_or(defaults.max_age);
  if (const auto globals = file.find("globals")) parse_globals(*globals, config);
  if (const auto addresses = file.find("kernel_addresses")) {
    parse_kernel_addresses(*addresses, config);
  }
  if (const auto cgroups = file.find("cgroup_ids")) parse_cgroup_ids(*cgroups, config);
  if (const auto programs = file.find("programs")) parse_programs(*programs, config);
  config.inventory = file.read("inventory", &Field::boolean).value_or(false);
  if (const auto pin = file.find("pin")) config.pin = {pin->boolean().value_or(false), pin->at()};
  if (const auto maps = file.find("maps")) {
    parse_maps(*maps, defaults, config);
  } else if (!config.inventory && !file.is_misspelt("maps")) {
    file.diagnostics().error({}, "the file needs 'maps', the list of maps to export");
  }
  check_origin(file, config);
}

}  // namespace bpfmap::config
