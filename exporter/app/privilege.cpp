// SPDX-License-Identifier: Apache-2.0
#include "app/privilege.h"

#include <linux/capability.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <initializer_list>
#include <string_view>

#include "base/log.h"
#include "base/small_file.h"
#include "base/suggest.h"
#include "base/terminal_text.h"
#include "base/text.h"

namespace bpfmap::app {
namespace {

constexpr const char* kReload = "reading the configuration anew";
constexpr const char* kFollow = "reading the configuration anew, and attaching to what comes later";

bool is_word(const std::string& keep) { return keep == "auto" || keep == "all" || keep == "none"; }

// Before Linux 5.8 there were none but CAP_SYS_ADMIN.
bool kernel_has_bpf_capability() {
  const std::string text = read_small_file("/proc/sys/kernel/cap_last_cap").value_or("");
  std::string_view line = text;
  const auto last = parse_u32(next_line(line));
  return !last || *last >= static_cast<std::uint32_t>(kCapBpf);
}

// Whether a label of the file is decoded by one of these.
bool decodes_by(const config::Config& config, std::initializer_list<std::string_view> names) {
  const auto is_named = [&](const config::DecoderConfig& decoder) {
    return std::find(names.begin(), names.end(), decoder.name.value) != names.end();
  };
  const auto is_decoded = [&](const config::LabelConfig& label) {
    return std::any_of(label.decode.begin(), label.decode.end(), is_named);
  };
  return std::any_of(config.maps.begin(), config.maps.end(), [&](const config::MapConfig& map) {
    return map.labels && std::any_of(map.labels->begin(), map.labels->end(), is_decoded);
  });
}

bool reads_maps_of_maps(const decode::ObjectPlan& plan) {
  return std::any_of(plan.maps.begin(), plan.maps.end(),
                     [](const decode::MapPlan& map) { return map.info.inner != nullptr; });
}

// What is attached while the exporter runs, to interfaces, cgroups, binaries or CPUs that come.
kernel::Object::LaterAttaching later_attaching(const Prepared& one) {
  if (!one.object) return {};
  return one.object->later_attaching(one.plan.programs);
}

bool attaches_later(const Prepared& one) { return later_attaching(one).any; }

void add_needs(const Prepared& one, Needs& needs) {
  if (!one.plan.foreign.empty()) needs[CAP_SYS_ADMIN] = "maps that others have loaded";
  for (const config::MapConfig& map : one.config->maps) {
    if (map.origin == config::MapOrigin::kPinned) needs[CAP_DAC_OVERRIDE] = "pins of others";
    if (map.foreign.owner) needs[CAP_SYS_PTRACE] = "owners of maps";
  }
  if (reads_maps_of_maps(one.plan)) needs[CAP_SYS_ADMIN] = "maps of maps";
  if (later_attaching(one).as_admin) {
    needs[CAP_SYS_ADMIN] = "perf events of CPUs that come, and of binaries that are replaced";
  }
  if (one.config->inventory) {
    needs[CAP_SYS_ADMIN] = "the inventory";
    needs[CAP_SYS_PTRACE] = "the owners in the inventory";
  }
  if (!one.config->kernel_addresses.empty() || decodes_by(*one.config, {"ksym", "kstack"})) {
    needs[CAP_SYSLOG] = "addresses of kernel symbols";
  }
  if (decodes_by(*one.config, {"usym", "ustack"})) {
    needs[CAP_SYS_PTRACE] = "symbols of processes";
    needs[kCapCheckpointRestore] = "symbols of processes";
  }
}

CapabilitySet chosen(const std::string& keep, const Needs& needs) {
  CapabilitySet kept;
  if (keep == "auto") {
    for (const auto& [number, reason] : needs) kept.add(number);
  } else if (keep != "none") {
    for (const std::string_view name : split(keep, ',')) {
      if (const auto number = capability_number(name)) kept.add(*number);
    }
  }
  return kept;
}

// By reason: several capabilities often have the same.
std::map<std::string, CapabilitySet> by_reason(const Needs& needs, CapabilitySet among) {
  std::map<std::string, CapabilitySet> sets;
  for (const auto& [number, reason] : needs) {
    if (among.has(number)) sets[reason].add(number);
  }
  return sets;
}

void log_kept(CapabilitySet kept, CapabilitySet before, const Needs& needs) {
  const CapabilitySet dropped(before.bits() & ~kept.bits());
  log::info("capabilities were dropped",
            {{"kept", capability_names(kept)}, {"dropped", std::popcount(dropped.bits())}});
  log::debug("capabilities were dropped", {{"names", capability_names(dropped)}});
  for (const auto& [reason, set] : by_reason(needs, kept)) {
    log::info("capabilities are kept", {{"capabilities", capability_names(set)}, {"for", reason}});
  }
  for (const auto& [reason, set] : by_reason(needs, dropped)) {
    log::info("capabilities are missing from now on",
              {{"capabilities", capability_names(set)}, {"for", reason}});
  }
}

// Whether what is kept leaves out what reading maps takes on some kernels. Otherwise a map that
// cannot be read could not be read before.
bool may_have_lost_maps(CapabilitySet kept, const Needs& needs) {
  return std::any_of(needs.begin(), needs.end(), [&](const auto& need) {
    const bool reads = need.first == kCapBpf || need.first == CAP_SYS_ADMIN;
    return reads && !kept.has(need.first);
  });
}

// The error of the first map that cannot be read any more.
Result<void> read_once(const collect::Collector& collector) {
  for (const auto& sampler : collector.samplers()) {
    const auto sample = sampler->fresh();
    if (sample == nullptr || !sample->error() || sample->error()->code != EPERM) continue;
    Error error = *sample->error();
    if (error.hint.empty()) {
      error.hint =
          "this kernel reads no maps without privilege (Linux 5.19 and later do): keep "
          "cap_bpf with --capabilities.keep=cap_bpf, and cap_sys_admin for maps of others";
    }
    return unexpected(std::move(error));
  }
  return {};
}

}  // namespace

std::string why_no_capabilities(const std::string& keep) {
  if (is_word(keep)) return {};
  const std::vector<std::string_view> names = split(keep, ',');
  if (names.empty()) return "expected auto, all, none or names such as cap_bpf,cap_perfmon";
  for (const std::string_view name : names) {
    if (!capability_number(name)) return "there is no capability " + in_quotes(name);
  }
  return {};
}

Needs needs_of(const std::vector<Prepared>& prepared,
               const std::vector<std::string>& listen_addresses) {
  Needs needs;
  const char* attaching =
      std::any_of(prepared.begin(), prepared.end(), attaches_later) ? kFollow : kReload;
  needs[CAP_DAC_READ_SEARCH] = attaching;
  needs[CAP_NET_ADMIN] = std::string(attaching) + ", and taking filters of tc off at the end";
  needs[kCapPerfmon] = attaching;
  needs[kCapBpf] = attaching;
  if (!kernel_has_bpf_capability())
    needs[CAP_SYS_ADMIN] = "BPF, which has no capability of its own";
  needs[CAP_NET_BIND_SERVICE] = "listening on ports below 1024";
  for (const std::string& address : listen_addresses) {
    if (address.starts_with("unix:")) needs[CAP_DAC_OVERRIDE] = "the Unix socket";
  }
  for (const Prepared& one : prepared) add_needs(one, needs);
  return needs;
}

Result<void> drop_capabilities(const std::string& keep, const Needs& needs,
                               const collect::Collector& collector) {
  if (keep == "all") return {};
  const auto before = permitted_capabilities();
  if (!before) return unexpected(before.error());
  if (before->empty()) return {};
  const CapabilitySet kept = before->both(chosen(keep, needs));
  if (auto dropped = keep_capabilities(kept); !dropped) return dropped;
  log_kept(kept, *before, needs);
  if (!may_have_lost_maps(kept, needs)) return {};
  return read_once(collector);
}

}  // namespace bpfmap::app
