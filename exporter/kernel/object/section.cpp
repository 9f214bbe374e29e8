// SPDX-License-Identifier: Apache-2.0
#include "kernel/section.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <initializer_list>

#include "kernel/object/program_type.h"
#include "kernel/object_info.h"

namespace bpfmap::kernel {
namespace {

// What must follow the slash of a section that says where its program goes.
enum class Rest { kName, kCategoryAndName, kBinaryAndSymbol, kBinaryProviderAndName };

struct SectionRule {
  std::string_view kind;
  Rest rest;
};

// The sections with an attach function in libbpf's section_defs (libbpf.c), 1.1 to 1.5.
constexpr std::array<SectionRule, 34> kSections{{
    {"kprobe", Rest::kName},
    {"kretprobe", Rest::kName},
    {"ksyscall", Rest::kName},
    {"kretsyscall", Rest::kName},
    {"kprobe.multi", Rest::kName},
    {"kretprobe.multi", Rest::kName},
    {"kprobe.session", Rest::kName},
    {"uprobe", Rest::kBinaryAndSymbol},
    {"uprobe.s", Rest::kBinaryAndSymbol},
    {"uretprobe", Rest::kBinaryAndSymbol},
    {"uretprobe.s", Rest::kBinaryAndSymbol},
    {"uprobe.multi", Rest::kBinaryAndSymbol},
    {"uprobe.multi.s", Rest::kBinaryAndSymbol},
    {"uretprobe.multi", Rest::kBinaryAndSymbol},
    {"uretprobe.multi.s", Rest::kBinaryAndSymbol},
    {"usdt", Rest::kBinaryProviderAndName},
    {"usdt.s", Rest::kBinaryProviderAndName},
    {"tracepoint", Rest::kCategoryAndName},
    {"tp", Rest::kCategoryAndName},
    {"raw_tracepoint", Rest::kName},
    {"raw_tp", Rest::kName},
    {"raw_tracepoint.w", Rest::kName},
    {"raw_tp.w", Rest::kName},
    {"tp_btf", Rest::kName},
    {"fentry", Rest::kName},
    {"fentry.s", Rest::kName},
    {"fexit", Rest::kName},
    {"fexit.s", Rest::kName},
    {"fmod_ret", Rest::kName},
    {"fmod_ret.s", Rest::kName},
    {"lsm", Rest::kName},
    {"lsm.s", Rest::kName},
    {"iter", Rest::kName},
    {"iter.s", Rest::kName},
}};

// Iterators over the elements of one map: attaching them takes the map.
constexpr std::array<std::string_view, 3> kMapIterators{"bpf_map_elem", "bpf_sk_storage_map",
                                                        "sockmap"};

struct Split {
  std::string_view kind;
  std::string_view rest;
};

Split split(std::string_view section) {
  const std::size_t slash = section.find('/');
  if (slash == std::string_view::npos) return {section, {}};
  return {section.substr(0, slash), section.substr(slash + 1)};
}

bool has_parts(std::string_view text, char separator, std::size_t parts) {
  const auto found = std::count(text.begin(), text.end(), separator);
  return !text.empty() && static_cast<std::size_t>(found) + 1 >= parts;
}

bool is_complete(Rest rest, std::string_view text) {
  switch (rest) {
    case Rest::kName: return !text.empty();
    case Rest::kCategoryAndName: return has_parts(text, '/', 2);
    case Rest::kBinaryAndSymbol: return has_parts(text, ':', 2);
    case Rest::kBinaryProviderAndName: return has_parts(text, ':', 3);
  }
  return false;
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "type=T,config=C,frequency=F", in any order; "period=P" in place of the frequency.
std::optional<model::AttachTarget> perf_event_in_section(std::string_view settings) {
  model::PerfEventTarget target;
  while (!settings.empty()) {
    const std::size_t end = std::min(settings.find(','), settings.size());
    const std::string_view setting = settings.substr(0, end);
    settings.remove_prefix(std::min(end + 1, settings.size()));
    const std::size_t equals = std::min(setting.find('='), setting.size());
    const std::string_view name = setting.substr(0, equals);
    const auto number = to_number(setting.substr(std::min(equals + 1, setting.size())));
    if (!number) return std::nullopt;
    if (name == "type") target.type = std::to_string(*number);
    if (name == "config") target.event = std::to_string(*number);
    if (name == "frequency") target.frequency = *number;
    if (name == "period") target.period = *number;
  }
  if (target.type.empty() || target.event.empty()) return std::nullopt;
  if (target.frequency.has_value() == target.period.has_value()) return std::nullopt;
  return target;
}

// "BINARY:FUNCTION" or "BINARY:FUNCTION+OFFSET". A function may have colons and pluses of its own.
std::optional<model::AttachTarget> uprobe_in_section(std::string_view rest, bool return_probe) {
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  model::UprobeTarget target;
  target.binary = rest.substr(0, colon);
  target.return_probe = return_probe;
  std::string_view symbol = rest.substr(colon + 1);
  const std::size_t plus = symbol.rfind('+');
  const auto offset =
      plus == std::string_view::npos ? std::nullopt : to_number(symbol.substr(plus + 1));
  if (offset) {
    target.offset = *offset;
    symbol = symbol.substr(0, plus);
  }
  if (symbol.empty()) return std::nullopt;
  target.symbol = symbol;
  return target;
}

// "BINARY:PROVIDER:NAME"
std::optional<model::AttachTarget> usdt_in_section(std::string_view rest) {
  const std::size_t first = rest.find(':');
  const std::size_t second = first == std::string_view::npos ? first : rest.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  model::UsdtTarget target;
  target.binary = rest.substr(0, first);
  target.provider = rest.substr(first + 1, second - first - 1);
  target.name = rest.substr(second + 1);
  if (target.binary.empty() || target.provider.empty() || target.name.empty()) return std::nullopt;
  return target;
}

bool is_any_of(std::string_view kind, std::initializer_list<std::string_view> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool is_cgroup_type(std::string_view type) {
  return type.starts_with("cgroup_") || type == "sock_ops";
}

bool is_netns_type(std::string_view type) {
  return type == "sk_lookup" || type == "flow_dissector";
}

// As configurations spell them.
std::string_view name_of(const model::XdpTarget& /*target*/) { return "xdp"; }
std::string_view name_of(const model::TcTarget& /*target*/) { return "tc"; }
std::string_view name_of(const model::CgroupTarget& /*target*/) { return "cgroup"; }
std::string_view name_of(const model::PerfEventTarget& /*target*/) { return "perf_event"; }
std::string_view name_of(const model::UprobeTarget& /*target*/) { return "uprobe"; }
std::string_view name_of(const model::UsdtTarget& /*target*/) { return "usdt"; }
std::string_view name_of(const model::NetnsTarget& /*target*/) { return "netns"; }

// Whether a target that asks for no type by name takes programs of this one.
bool takes_type(const model::XdpTarget& /*target*/, std::string_view type) { return type == "xdp"; }
bool takes_type(const model::TcTarget& /*target*/, std::string_view type) {
  return type == "sched_cls";
}
bool takes_type(const model::CgroupTarget& /*target*/, std::string_view type) {
  return is_cgroup_type(type);
}
bool takes_type(const model::PerfEventTarget& /*target*/, std::string_view type) {
  return type == "perf_event";
}
bool takes_type(const model::UprobeTarget& /*target*/, std::string_view type) {
  return type == "kprobe";
}
bool takes_type(const model::UsdtTarget& /*target*/, std::string_view type) {
  return type == "kprobe";
}
bool takes_type(const model::NetnsTarget& /*target*/, std::string_view type) {
  return is_netns_type(type);
}

// The type of program that a cgroup target names.
std::optional<std::string> asked_type(const model::AttachTarget& target) {
  const auto* cgroup = std::get_if<model::CgroupTarget>(&target);
  if (cgroup == nullptr || cgroup->type.empty()) return std::nullopt;
  const auto type = type_of_target(target);
  return type ? name_of_type(type->type) : std::string();
}

}  // namespace

bool libbpf_attaches(std::string_view section) {
  const Split parts = split(section);
  const auto* const rule =
      std::find_if(kSections.begin(), kSections.end(),
                   [&](const SectionRule& candidate) { return candidate.kind == parts.kind; });
  if (rule == kSections.end() || !is_complete(rule->rest, parts.rest)) return false;
  const bool iterates = parts.kind == "iter" || parts.kind == "iter.s";
  return !iterates ||
         std::find(kMapIterators.begin(), kMapIterators.end(), parts.rest) == kMapIterators.end();
}

std::optional<model::AttachTarget> target_in_section(std::string_view section) {
  const Split parts = split(section);
  if (parts.rest.empty()) return std::nullopt;
  if (parts.kind == "perf_event") return perf_event_in_section(parts.rest);
  if (is_any_of(parts.kind, {"usdt", "usdt.s"})) return usdt_in_section(parts.rest);
  if (is_any_of(parts.kind, {"uprobe", "uprobe.s", "uprobe.multi", "uprobe.multi.s"})) {
    return uprobe_in_section(parts.rest, false);
  }
  if (is_any_of(parts.kind, {"uretprobe", "uretprobe.s", "uretprobe.multi", "uretprobe.multi.s"})) {
    return uprobe_in_section(parts.rest, true);
  }
  const bool belongs_to_map = parts.rest == "devmap" || parts.rest == "cpumap";
  if (parts.kind != "xdp" || belongs_to_map) return std::nullopt;
  return model::XdpTarget{{std::string(parts.rest)}, model::XdpMode::kAuto};
}

bool says_egress(std::string_view section) {
  for (Split parts = split(section); !parts.kind.empty(); parts = split(parts.rest)) {
    if (parts.kind == "egress") return true;
  }
  return false;
}

std::string_view target_kind(const model::AttachTarget& target) {
  return std::visit([](const auto& of_kind) { return name_of(of_kind); }, target);
}

bool target_fits(const model::AttachTarget& target, std::string_view type) {
  if (const auto asked = asked_type(target)) {
    return !asked->empty() && (type == kUntyped || type == *asked);
  }
  if (type == kUntyped) return type_of_target(target).has_value();
  return std::visit([type](const auto& of_kind) { return takes_type(of_kind, type); }, target);
}

std::string why_target_does_not_fit(const model::AttachTarget& target, std::string_view type) {
  if (target_fits(target, type)) return {};
  if (const auto* cgroup = std::get_if<model::CgroupTarget>(&target)) {
    if (std::string why = why_not_cgroup_type(cgroup->type); !why.empty()) return why;
    if (type == kUntyped) {
      return "the section does not say which type of program it is, and a cgroup has several: "
             "write cgroup: { path: " +
             cgroup->path + ", type: cgroup_skb/ingress }, or whichever it is";
    }
    if (!cgroup->type.empty()) {
      return "a program of type " + std::string(type) + " is no " + cgroup->type;
    }
  }
  if (type == kUntyped) {  // all others say a type
    return "the section does not say which type of program it is, and a network namespace takes "
           "two: write SEC(\"sk_lookup\") or SEC(\"flow_dissector\")";
  }
  return "a program of type " + std::string(type) + " cannot be attached to a target of kind " +
         std::string(target_kind(target));
}

bool TypeOfTargets::take(const model::AttachTarget& target) {
  if (name_ == kUntyped) {
    if (const auto type = type_of_target(target)) name_ = name_of_type(type->type);
  }
  const auto* cgroup = std::get_if<model::CgroupTarget>(&target);
  if (cgroup == nullptr || cgroup->type.empty()) return true;
  if (cgroup_type_.empty()) cgroup_type_ = cgroup->type;
  return cgroup_type_ == cgroup->type;
}

std::string how_to_attach(std::string_view type, std::string_view section) {
  const std::string_view kind = split(section).kind;
  if (type == "xdp") return "attach: { xdp: { interfaces: [eth0] } }";
  if (type == "sched_cls" && says_egress(section)) {
    return "attach: { tc: { interfaces: [eth0], direction: egress } }";
  }
  if (type == "sched_cls") return "attach: { tc: { interfaces: [eth0] } }";
  if (is_cgroup_type(type)) return "attach: { cgroup: { path: /sys/fs/cgroup } }";
  if (is_netns_type(type)) return "attach: { netns: { path: /run/netns/x } }";
  if (type == "perf_event") {
    return "attach: { perf_event: { type: software, event: cpu-clock, frequency: 99 } }";
  }
  if (kind.starts_with("usdt")) {
    return "attach: { usdt: { binary: /usr/bin/x, provider: p, name: n } }";
  }
  if (kind.starts_with("uprobe") || kind.starts_with("uretprobe")) {
    return "attach: { uprobe: { binary: libc.so.6, symbol: malloc } }";
  }
  return {};
}

}  // namespace bpfmap::kernel
