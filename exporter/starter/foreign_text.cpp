// SPDX-License-Identifier: Apache-2.0
#include "starter/foreign_text.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "collect/foreign_match.h"
#include "config/load.h"
#include "kernel/map_difference.h"
#include "kernel/map_types.h"
#include "starter/bpftrace_maps.h"
#include "starter/maps.h"
#include "starter/metric_namer.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using Maps = std::vector<const kernel::ForeignMap*>;

// Maps that one entry reads.
struct Group {
  std::string origin;  // "pinned: /sys/fs/bpf/x", and what else says which maps are meant
  std::string remark;  // about that
  Maps maps;           // alike, at least one
};

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

bool are_alike(const Maps& maps) {
  return std::all_of(maps.begin(), maps.end(), [&](const kernel::ForeignMap* map) {
    return kernel::map_difference(*maps.front()->info, *map->info).empty() &&
           map->variables->size() == maps.front()->variables->size();
  });
}

std::string name_or_none(const kernel::ForeignMap& map) {
  return map.info->name.empty() ? "(no name)" : map.info->name;
}

Group by_id(const kernel::ForeignMap& map) {
  return {"loaded: { id: " + std::to_string(map.id) + " }",
          "Map " + name_or_none(map) +
              ", by its id, which another one has after the next time "
              "that it is loaded.",
          {&map}};
}

// The pins of a pattern are one entry where they are of one kind, or else one each.
std::vector<Group> pinned_groups(const std::string& path, const Maps& maps) {
  if (are_alike(maps)) return {{"pinned: " + scalar(path), {}, maps}};
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  std::vector<Group> groups;
  for (const kernel::ForeignMap* map : maps) {
    const std::string file = map->label.starts_with('/') ? map->label : folder + map->label;
    groups.push_back({"pinned: " + scalar(file), {}, {map}});
  }
  return groups;
}

// The same of a name. What differs and has one name can only be told apart by its user or its id.
std::vector<Group> named_groups(const std::string& name, const Maps& maps) {
  if (name.empty() || !are_alike(maps)) {
    std::vector<Group> groups;
    for (const kernel::ForeignMap* map : maps) groups.push_back(by_id(*map));
    return groups;
  }
  const std::string origin = "loaded: { name: " + scalar(name) + " }";
  if (maps.size() == 1) return {{origin, {}, maps}};
  return {{origin + "\n    map_label: true",
           std::to_string(maps.size()) +
               " maps have this name, and are told apart by their ids. `program: NAME` or `owner: "
               "NAME` beside `name` choose by what uses them; `map_label: false` adds them up.",
           maps}};
}

std::vector<Group> groups_of(const kernel::ForeignMapQuery& query,
                             const std::vector<kernel::ForeignMap>& found) {
  Maps all;
  for (const kernel::ForeignMap& map : found) all.push_back(&map);
  if (const auto* pins = std::get_if<kernel::PinnedMaps>(&query)) {
    return pinned_groups(pins->path, all);
  }
  if (std::holds_alternative<kernel::LoadedMapById>(query)) return {by_id(*all.front())};
  std::vector<Group> groups;
  std::set<std::string> seen;
  for (const kernel::ForeignMap* map : all) {
    if (!seen.insert(map->info->name).second) continue;
    Maps same;
    std::copy_if(all.begin(), all.end(), std::back_inserter(same),
                 [&](const auto* other) { return other->info->name == map->info->name; });
    for (Group& group : named_groups(map->info->name, same)) groups.push_back(std::move(group));
  }
  return groups;
}

std::string subject_of(const kernel::ForeignMapQuery& query) {
  if (const auto* pins = std::get_if<kernel::PinnedMaps>(&query)) {
    return "maps pinned as '" + pins->path + "'";
  }
  if (const auto* map = std::get_if<kernel::LoadedMapById>(&query)) {
    return "the map with id " + std::to_string(map->id);
  }
  return "maps called '" + std::get<kernel::LoadedMapsByName>(query).name + "'";
}

class ForeignWriter {
 public:
  explicit ForeignWriter(const kernel::ForeignMapQuery& query)
      : subject_(subject_of(query)), namer_("") {}

  void add(const Group& group) {
    const kernel::ForeignMap& first = *group.maps.front();
    if (!first.variables->empty()) return add_variables(group);
    kernel::MapInfo info = *first.info;
    if (info.name.empty()) info.name = is_pattern(first.label) ? "map" : first.label;
    keep(group, name_or_none(first),
         is_of_bpftrace(info) ? bpftrace_entry(first, group.origin, namer_)
                              : foreign_map_entry(info, group.origin, namer_));
  }

  Result<std::string> write() const {
    if (entries_.empty()) {
      return unexpected(Error{.kind = ErrorKind::kConfiguration,
                              .operation = "write a configuration for",
                              .subject = subject_,
                              .detail = "nothing in them can be exported" + reasons_});
    }
    return comment("A configuration for " + subject_ +
                       " to start from, written by `bpfmap_exporter init`. Names, kinds and units "
                       "are guesses from the names and types that the kernel keeps of the maps: "
                       "read them, and write better help texts. docs/configuration.md of the "
                       "exporter has the language; `bpfmap_exporter check FILE` compares a file "
                       "with the maps that are there, `bpfmap_exporter dump --config FILE` shows "
                       "what it exports.",
                   "") +
           "\nmaps:\n" + entries_ + (left_out_.empty() ? "" : "\n" + left_out_);
  }

 private:
  void add_variables(const Group& group) {
    for (const kernel::GlobalInfo& variable : *group.maps.front()->variables) {
      MapEntry entry;
      entry.yaml = variable_entry(
          variable, group.origin + "\n    variable: " + scalar(variable.name), namer_);
      if (entry.yaml.empty()) entry.left_out = "it is no number";
      keep(group, variable.section + " variable " + variable.name, std::move(entry));
    }
  }

  void keep(const Group& group, const std::string& what, MapEntry entry) {
    if (!entry.yaml.empty()) {
      const std::string problem = why_not_accepted(entry.yaml, group.maps);
      if (!problem.empty()) entry = {{}, problem, false};
    }
    if (entry.yaml.empty()) {
      left_out_ += comment("left out: " + what + ": " + entry.left_out, "  ");
      reasons_ += "\n  " + what + ": " + entry.left_out;
      return;
    }
    if (!entries_.empty()) entries_ += "\n";
    if (!group.remark.empty()) entries_ += comment(group.remark, "  ");
    entries_ += entry.yaml;
  }

  // The first thing that `check` would not accept; empty where it accepts all.
  static std::string why_not_accepted(const std::string& entry, const Maps& maps) {
    auto source =
        std::make_shared<config::Source>(config::Source{"starter.yaml", "maps:\n" + entry});
    config::Diagnostics diagnostics(source);
    const config::Config config =
        config::parse_config(source, config::process_environment(), diagnostics);
    if (!config.maps.empty()) {
      std::vector<std::string> labels;
      for (const kernel::ForeignMap* map : maps) labels.push_back(map->label);
      const kernel::ForeignMap& first = *maps.front();
      collect::compile_found(config, config.maps.front(), first, first.info->shape.max_entries,
                             labels, diagnostics);
    }
    for (const config::Diagnostic& one : diagnostics.all()) {
      if (one.severity == config::Severity::kError) return one.message;
    }
    return {};
  }

  std::string subject_;
  MetricNamer namer_;
  std::string entries_;
  std::string left_out_;
  std::string reasons_;
};

}  // namespace

Result<std::string> foreign_config_text(const kernel::ForeignMapQuery& query,
                                        const std::vector<kernel::ForeignMap>& maps) {
  ForeignWriter writer(query);
  for (const Group& group : groups_of(query, maps)) writer.add(group);
  return writer.write();
}

}  // namespace bpfmap::starter
