// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>

#include "config/language/parts.h"

namespace bpfmap::config {
namespace {

// A target and where it names what programs are attached to.
using Attached = std::optional<Located<model::AttachTarget>>;

constexpr auto kXdpKeys = std::to_array<std::string_view>({"interfaces", "mode"});
constexpr auto kTcKeys = std::to_array<std::string_view>({"interfaces", "direction", "priority"});
constexpr auto kCgroupTargetKeys = std::to_array<std::string_view>({"path", "type"});
constexpr auto kPerfEventKeys =
    std::to_array<std::string_view>({"type", "event", "frequency", "period"});
constexpr auto kUprobeKeys =
    std::to_array<std::string_view>({"binary", "symbol", "offset", "return", "pid"});
constexpr auto kUsdtKeys = std::to_array<std::string_view>({"binary", "provider", "name", "pid"});
constexpr auto kNetnsKeys = std::to_array<std::string_view>({"path"});

template <typename Target>
Attached with_interfaces(const Mapping& mapping, Target target) {
  const auto interfaces = mapping.require("interfaces", &Field::texts);
  if (!interfaces) return std::nullopt;
  for (const auto& interface : *interfaces) target.interfaces.push_back(interface.value);
  return {{std::move(target), interfaces->empty() ? Position{} : interfaces->front().at}};
}

Attached parse_xdp(const Field& field) {
  static const Names<model::XdpMode> modes = {{"auto", model::XdpMode::kAuto},
                                              {"generic", model::XdpMode::kGeneric},
                                              {"native", model::XdpMode::kNative},
                                              {"offload", model::XdpMode::kOffload}};
  const Mapping mapping(field, "'xdp'", kXdpKeys);
  model::XdpTarget xdp;
  if (const auto mode = mapping.find("mode")) xdp.mode = mode->one_of(modes).value_or(xdp.mode);
  return with_interfaces(mapping, std::move(xdp));
}

Attached parse_tc(const Field& field) {
  static const Names<model::TcDirection> directions = {{"ingress", model::TcDirection::kIngress},
                                                       {"egress", model::TcDirection::kEgress}};
  // The kernel has 16 bits for the priority of a filter.
  constexpr std::uint64_t kMostPriority = std::numeric_limits<std::uint16_t>::max();
  const Mapping mapping(field, "'tc'", kTcKeys);
  model::TcTarget tc;
  if (const auto direction = mapping.find("direction")) {
    tc.direction = direction->one_of(directions).value_or(tc.direction);
  }
  if (const auto priority = mapping.find("priority")) {
    const std::uint64_t value = priority->unsigned_integer(0, kMostPriority).value_or(0);
    tc.priority = static_cast<std::uint32_t>(value);
  }
  return with_interfaces(mapping, std::move(tc));
}

Attached parse_cgroup(const Field& field) {
  std::optional<Located<std::string>> path;
  std::optional<Located<std::string>> type;
  if (field.tree().is_mapping()) {
    const Mapping mapping(field, "'cgroup'", kCgroupTargetKeys);
    path = mapping.require("path", &Field::located_text);
    type = mapping.read("type", &Field::located_text);
  } else if (field.tree().is_scalar()) {
    path = field.located_text();
  } else {
    field.expected("a path or { path: ... }");
  }
  if (!path) return std::nullopt;
  model::CgroupTarget target{std::move(path->value), {}};
  if (type) target.type = std::move(type->value);
  return {{std::move(target), path->at}};
}

// A number, or one of the kinds that perf_event_open(2) knows and a BPF program can be attached to.
std::optional<Located<std::string>> parse_perf_type(const Field& field) {
  static const Names<int> types = {{"hardware", 0}, {"software", 1}, {"hw_cache", 2}, {"raw", 3}};
  auto type = field.located_text();
  if (!type || parse_unsigned(type->value, 0, std::numeric_limits<std::uint32_t>::max()))
    return type;
  if (!field.one_of(types)) return std::nullopt;
  return type;
}

Attached parse_perf_event(const Field& field) {
  const Mapping mapping(field, "'perf_event'", kPerfEventKeys);
  model::PerfEventTarget perf;
  if (const auto value = mapping.find("frequency")) perf.frequency = value->unsigned_integer(1);
  if (const auto value = mapping.find("period")) perf.period = value->unsigned_integer(1);
  if (mapping && mapping.has_or_misspells("frequency") == mapping.has_or_misspells("period")) {
    mapping.diagnostics().error(field.at(),
                                "'perf_event' needs either 'frequency' (samples per second) or "
                                "'period' (events per sample)");
  }
  const auto type_field = mapping.require("type");
  auto type = type_field ? parse_perf_type(*type_field) : std::nullopt;
  auto event = mapping.require("event", &Field::located_text);
  if (!type || !event) return std::nullopt;
  perf.type = std::move(type->value);
  perf.event = std::move(event->value);
  return {{std::move(perf), event->at}};
}

int parse_pid(const Mapping& mapping) {
  constexpr int kEveryProcess = -1;
  const auto pid = mapping.find("pid");
  if (!pid) return kEveryProcess;
  const auto value = pid->unsigned_integer(1, std::numeric_limits<int>::max());
  return value ? static_cast<int>(*value) : kEveryProcess;
}

Attached parse_uprobe(const Field& field) {
  const Mapping mapping(field, "'uprobe'", kUprobeKeys);
  model::UprobeTarget uprobe;
  uprobe.symbol = mapping.read("symbol", &Field::text).value_or("");
  if (const auto offset = mapping.find("offset")) {
    uprobe.offset = offset->unsigned_integer().value_or(0);
  }
  if (mapping && !mapping.has_or_misspells("symbol") && !mapping.has_or_misspells("offset")) {
    mapping.diagnostics().error(field.at(), "'uprobe' needs 'symbol', 'offset' or both");
  }
  uprobe.return_probe = mapping.read("return", &Field::boolean).value_or(false);
  uprobe.pid = parse_pid(mapping);
  auto binary = mapping.require("binary", &Field::located_text);
  if (!binary) return std::nullopt;
  uprobe.binary = std::move(binary->value);
  return {{std::move(uprobe), binary->at}};
}

Attached parse_usdt(const Field& field) {
  const Mapping mapping(field, "'usdt'", kUsdtKeys);
  auto binary = mapping.require("binary", &Field::located_text);
  auto provider = mapping.require("provider", &Field::text);
  auto name = mapping.require("name", &Field::text);
  const int pid = parse_pid(mapping);
  if (!binary || !provider || !name) return std::nullopt;
  model::UsdtTarget target{std::move(binary->value), std::move(*provider), std::move(*name), pid};
  return {{std::move(target), binary->at}};
}

Attached parse_netns(const Field& field) {
  const Mapping mapping(field, "'netns'", kNetnsKeys);
  if (!mapping) return std::nullopt;
  if (!mapping.has("path")) return {{model::NetnsTarget{}, field.at()}};
  auto path = mapping.read("path", &Field::located_text);
  if (!path) return std::nullopt;
  return {{model::NetnsTarget{std::move(path->value)}, path->at}};
}

struct TargetKind {
  std::string_view name;
  Attached (*parse)(const Field&);
};
constexpr std::array kTargetKinds = {
    TargetKind{"xdp", parse_xdp},       TargetKind{"tc", parse_tc},
    TargetKind{"cgroup", parse_cgroup}, TargetKind{"perf_event", parse_perf_event},
    TargetKind{"uprobe", parse_uprobe}, TargetKind{"usdt", parse_usdt},
    TargetKind{"netns", parse_netns}};

std::string kind_names() {
  std::string names;
  for (const TargetKind& kind : kTargetKinds)
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  return names;
}

void parse_one(const Field& field, std::vector<AttachConfig>& parsed) {
  std::array<std::string_view, kTargetKinds.size()> keys;
  std::transform(kTargetKinds.begin(), kTargetKinds.end(), keys.begin(),
                 [](const TargetKind& kind) { return kind.name; });
  const Mapping mapping(field, "'attach'", keys);
  if (!mapping) return;
  const auto& pairs = field.tree().pairs;
  if (pairs.empty()) field.expected("one of " + kind_names());
  if (pairs.size() > 1) {
    mapping.diagnostics().error(pairs[1].first.at,
                                "an attachment has one kind; write a list to attach a program "
                                "more than once");
  }
  for (const TargetKind& kind : kTargetKinds) {
    const auto value = mapping.find(kind.name);
    auto attached = value ? kind.parse(*value) : std::nullopt;
    if (!attached) continue;
    parsed.push_back({mapping.key_position(kind.name), attached->at, std::move(attached->value)});
  }
}

}  // namespace

std::vector<AttachConfig> parse_attach(const Field& attach) {
  std::vector<AttachConfig> parsed;
  if (attach.tree().is_mapping()) {
    parse_one(attach, parsed);
  } else if (!attach.tree().is_sequence()) {
    attach.expected("a mapping or a list of mappings");
  } else if (attach.tree().items.empty()) {
    attach.error("must not be empty (to leave the program out: load: false)");
  } else {
    for (const Tree& item : attach.tree().items) {
      parse_one(Field(item, attach.name(), attach.diagnostics()), parsed);
    }
  }
  return parsed;
}

}  // namespace bpfmap::config
