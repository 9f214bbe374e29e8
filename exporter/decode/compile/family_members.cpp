// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/family_members.h"

#include <algorithm>

#include "decode/metric_kind.h"

namespace bpfmap::decode {
namespace {

std::string place_of(const config::Config& config, config::Position at) {
  return config.source->path + ":" + std::to_string(at.line);
}

std::string map_id(const config::Config& config, const config::MapConfig& map) {
  return place_of(config, map.map.at) + ":" + std::to_string(map.map.at.column);
}

// A label with a value that the other cannot have: another constant, or none. A label that is empty
// is the same to Prometheus as one that is not there.
bool has_other_constant(const std::map<std::string, std::string>& constants,
                        const std::map<std::string, std::string>& others,
                        const std::optional<std::set<std::string>>& other_labels) {
  return std::any_of(constants.begin(), constants.end(), [&](const auto& constant) {
    const auto& [name, value] = constant;
    const auto other = others.find(name);
    if (other != others.end()) return other->second != value;
    return other_labels && !other_labels->contains(name) && !value.empty();
  });
}

}  // namespace

bool FamilyMembers::has(const config::Config& config, const config::MapConfig& map) const {
  const std::string id = map_id(config, map);
  return std::any_of(members_.begin(), members_.end(),
                     [&](const Member& member) { return member.map == id; });
}

FamilyMembers::Member FamilyMembers::member_of(const config::Config& config,
                                               const config::MapConfig& map,
                                               const config::MetricConfig& metric) {
  Member member;
  member.map = map_id(config, map);
  member.place = place_of(config, metric.name.at);
  member.help = metric.help;
  if (map.labels) member.labels.emplace();
  for (const config::ConstantLabel& label : config.labels) {
    member.constants.emplace(label.name.value, label.value);
    if (member.labels) member.labels->insert(label.name.value);
  }
  if (!map.labels) return member;
  for (const config::LabelConfig& label : *map.labels) {
    if (label.constant) member.constants.emplace(label.name.value, label.constant->value);
    member.labels->insert(label.name.value);
  }
  if (map.cpu_label) member.labels->insert(map.cpu_label->value);
  if (map.map_label) member.labels->insert(map.map_label->value);
  return member;
}

bool FamilyMembers::are_told_apart(const Member& one, const Member& other) {
  return has_other_constant(one.constants, other.constants, other.labels) ||
         has_other_constant(other.constants, one.constants, one.labels);
}

void FamilyMembers::add(const config::Config& config, const config::MapConfig& map,
                        const config::MetricConfig& metric, config::Diagnostics& diagnostics) {
  Member added = member_of(config, map, metric);
  for (const Member& member : members_) {
    if (!added.help.empty() && !member.help.empty() && added.help != member.help) {
      diagnostics.error(metric.name.at, "metric '" + name_ + "' has another help text at " +
                                            member.place + ": '" + member.help +
                                            "'; what several maps export together has one");
      break;
    }
    if (kind_ != config::MetricKind::kGauge || are_told_apart(member, added)) continue;
    diagnostics.error(
        metric.name.at,
        "gauge '" + name_ + "' is exported at " + member.place +
            " as well, and no label tells the two apart: give both a constant label "
            "('labels' of the file, or { NAME: { constant: TEXT } } among the map's)");
    break;
  }
  members_.push_back(std::move(added));
}

void FamilyMembers::set_meaning(const config::Config& config, const config::MapConfig& map,
                                const config::MetricConfig& metric, const std::string& meaning,
                                config::Diagnostics& diagnostics) {
  const std::string id = map_id(config, map);
  const auto self = std::find_if(members_.begin(), members_.end(),
                                 [&](const Member& member) { return member.map == id; });
  if (self == members_.end()) return;
  self->meaning = meaning;
  for (const Member& member : members_) {
    const bool is_known = !member.meaning.empty() && member.map != id;
    if (!is_known || member.meaning == meaning || are_told_apart(member, *self)) continue;
    diagnostics.error(metric.name.at, std::string(kind_name(kind_)) + " '" + name_ + "' counts (" +
                                          meaning + ") what cannot be added to that at " +
                                          member.place + " (" + member.meaning +
                                          "), and no label tells the two apart");
    return;
  }
}

}  // namespace bpfmap::decode
