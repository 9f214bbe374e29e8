// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/hints.h"

#include <linux/capability.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "base/capabilities.h"

namespace bpfmap::kernel {
namespace {

constexpr int kCapSysAdmin = CAP_SYS_ADMIN;
constexpr int kCapNetAdmin = CAP_NET_ADMIN;

constexpr int kKernelNotSupported = 524;  // ENOTSUPP, which the kernel should keep to itself

using Lockdown = SystemState::Lockdown;
using Tracefs = SystemState::Tracefs;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  for (const std::string_view candidate : list) {
    if (word == candidate) return true;
  }
  return false;
}

// "kprobe" of "kprobe/do_sys_open".
std::string_view kind_of(const Refusal& refusal) {
  return std::string_view(refusal.section).substr(0, refusal.section.find('/'));
}

bool is_kprobe(std::string_view kind) {
  return is_one_of(kind, {"kprobe", "kretprobe", "kprobe.multi", "kretprobe.multi",
                          "kprobe.session", "ksyscall", "kretsyscall"});
}

bool is_uprobe(std::string_view kind) {
  return kind.starts_with("uprobe") || kind.starts_with("uretprobe") || kind.starts_with("usdt");
}

bool needs_kernel_btf(std::string_view kind) {
  return is_one_of(kind, {"tp_btf", "fentry", "fentry.s", "fexit", "fexit.s", "fmod_ret",
                          "fmod_ret.s", "lsm", "lsm.s", "lsm_cgroup", "iter", "iter.s"});
}

bool patches_kernel_code(std::string_view kind) {
  return is_kprobe(kind) || kind.starts_with("fentry") || kind.starts_with("fexit") ||
         kind.starts_with("fmod_ret") || kind.starts_with("lsm");
}

bool is_tracing(std::string_view type) {
  return is_one_of(type, {"kprobe", "tracepoint", "perf_event", "raw_tracepoint",
                          "raw_tracepoint_writable", "tracing", "lsm", "ext"});
}

bool is_network(std::string_view type) {
  return type.starts_with("cgroup_") || type.starts_with("lwt_") ||
         is_one_of(type, {"xdp", "sched_cls", "sched_act", "sk_skb", "sk_msg", "sock_ops",
                          "flow_dissector"});
}

bool denied(int code) { return code == EPERM || code == EACCES; }

// The knobs by which an administrator closed what is missing.
std::string settings(const std::vector<std::string>& missing, const SystemState& state) {
  std::string text;
  for (const std::string& capability : missing) {
    if (capability == "CAP_BPF" && state.unprivileged_bpf_disabled.value_or(0) != 0) {
      text += "; kernel.unprivileged_bpf_disabled is " +
              std::to_string(*state.unprivileged_bpf_disabled);
    }
    if (capability == "CAP_PERFMON" && state.perf_event_paranoid) {
      text += "; kernel.perf_event_paranoid is " + std::to_string(*state.perf_event_paranoid);
    }
  }
  return text;
}

std::string missing_capabilities(const Refusal& refusal, const SystemState& state) {
  if (state.has(kCapSysAdmin)) return {};
  std::vector<std::string> missing;
  if (!state.has(kCapBpf)) missing.emplace_back("CAP_BPF");
  const bool program = refusal.operation != RefusedOperation::kCreateMap;
  if (program && is_tracing(refusal.type) && !state.has(kCapPerfmon)) {
    missing.emplace_back("CAP_PERFMON");
  }
  if (program && is_network(refusal.type) && !state.has(kCapNetAdmin)) {
    missing.emplace_back("CAP_NET_ADMIN");
  }
  if (missing.empty()) return {};
  if (state.older_than(5, 8)) return "this kernel wants CAP_SYS_ADMIN for it: run as root";
  std::string text = "this needs " + missing[0];
  for (std::size_t i = 1; i < missing.size(); ++i) text += " and " + missing[i];
  text +=
      ": run as root, or grant it (AmbientCapabilities= in a systemd unit, "
      "securityContext.capabilities.add in a pod)";
  return text + settings(missing, state);
}

std::string hint_for_lockdown(const Refusal& refusal, const SystemState& state) {
  if (state.lockdown == Lockdown::kUnknown || state.lockdown == Lockdown::kNone) return {};
  std::string text = "the kernel is locked down";
  if (state.lockdown == Lockdown::kIntegrity) text += " (integrity)";
  if (state.lockdown == Lockdown::kConfidentiality) text += " (confidentiality)";
  if (patches_kernel_code(kind_of(refusal))) {
    return text + " and refuses " + std::string(kind_of(refusal)) +
           " programs: use a tp_btf, raw_tp or tracepoint program, or boot with lockdown=none";
  }
  if (kind_of(refusal) == "iter") {
    return text +
           ", and kernels that are hardened beyond that refuse iterators that may write what "
           "they walk: choose another reader for the map, if its type has one";
  }
  if (state.lockdown == Lockdown::kConfidentiality) {
    return text + " and refuses programs that read kernel memory: see man 7 kernel_lockdown";
  }
  return {};
}

std::string hint_when_denied(const Refusal& refusal, const SystemState& state) {
  if (std::string text = missing_capabilities(refusal, state); !text.empty()) return text;
  if (state.user_namespace) {
    return "this process is in a user namespace, whose capabilities the kernel does not take for "
           "BPF: "
           "run it in the host's (privileged, no userns remapping)";
  }
  if (std::string text = hint_for_lockdown(refusal, state); !text.empty()) return text;
  if (state.memlock_bytes && state.older_than(5, 11)) {
    return "before Linux 5.11 maps and programs count as locked memory, which is limited to " +
           std::to_string(*state.memlock_bytes) +
           " bytes here: raise it (ulimit -l unlimited, LimitMEMLOCK=infinity)";
  }
  return {};
}

// Debian's kernels know a level 3 of that knob, above all that CAP_PERFMON allows.
bool keeps_perf_events(const SystemState& state) {
  return state.perf_event_paranoid.value_or(0) > 2 && !state.has(kCapSysAdmin);
}

std::string perf_events_are_kept(const SystemState& state) {
  return "kernel.perf_event_paranoid is " + std::to_string(*state.perf_event_paranoid) +
         ", which keeps perf events for CAP_SYS_ADMIN: grant it, or set that to 2";
}

std::string hint_for_kprobe(const Refusal& refusal, const SystemState& state) {
  if (!state.kprobes) {
    return "this kernel is built without kprobes (CONFIG_KPROBES, CONFIG_KPROBE_EVENTS): use a "
           "tp_btf, "
           "raw_tp or tracepoint program";
  }
  if (denied(refusal.code) && keeps_perf_events(state)) return perf_events_are_kept(state);
  if (refusal.code == ENOENT || refusal.code == EINVAL || refusal.code == ESRCH ||
      refusal.code == EADDRNOTAVAIL) {
    return "no such function that can be probed: it may be inlined or have another name here, see "
           "/sys/kernel/tracing/available_filter_functions";
  }
  return {};
}

std::string hint_for_uprobe(const Refusal& refusal, const SystemState& state) {
  if (!state.uprobes) return "this kernel is built without uprobes (CONFIG_UPROBE_EVENTS)";
  const bool usdt = kind_of(refusal).starts_with("usdt");
  if (refusal.code == ENOENT && usdt) {
    return "no such probe or file: `readelf -n BINARY` lists the probes of a binary";
  }
  if (refusal.code == ENOENT) {
    return "no such file or symbol: `nm -D BINARY` lists what a stripped binary still has; in a "
           "container, the path is the container's";
  }
  if (denied(refusal.code) && !state.has(kCapSysAdmin)) {
    return "kernels of 2025 and later want CAP_SYS_ADMIN for perf events of probes in binaries: "
           "grant it; uprobes need none where the kernel has uprobe_multi (Linux 6.6)";
  }
  if (refusal.code == ESRCH) return "no such process";
  if (usdt && refusal.code == EOPNOTSUPP) {
    return "before Linux 5.15 probes in shared libraries need a pid";
  }
  return {};
}

std::string hint_for_tracepoint(const Refusal& refusal, const SystemState& state) {
  if (state.tracefs == Tracefs::kNotMounted) {
    return "tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing (in a container: "
           "mount the host's)";
  }
  if (state.tracefs == Tracefs::kClosed) {
    std::string text =
        "/sys/kernel/tracing is closed to this user, and the number of the tracepoint is in it: "
        "grant CAP_DAC_READ_SEARCH, or open it to a group of this user (mount -o "
        "remount,gid=GROUP,mode=0750 /sys/kernel/tracing)";
    if (keeps_perf_events(state)) text += "; then " + perf_events_are_kept(state);
    return text + "; raw_tp and tp_btf programs need neither";
  }
  if (denied(refusal.code)) {
    return keeps_perf_events(state) ? perf_events_are_kept(state)
                                    : "the files of the tracepoint in /sys/kernel/tracing are "
                                      "closed to this user: grant CAP_DAC_READ_SEARCH";
  }
  if (refusal.code == ENOENT) {
    return "this kernel has no such tracepoint: look below /sys/kernel/tracing/events";
  }
  return {};
}

std::string hint_for_btf_target(const Refusal& refusal, const SystemState& state) {
  if (!state.kernel_btf) {
    return "this kernel has no BTF (/sys/kernel/btf/vmlinux): it must be built with "
           "CONFIG_DEBUG_INFO_BTF";
  }
  const std::string_view kind = kind_of(refusal);
  if (kind.starts_with("lsm") && state.bpf_lsm == false) {
    return "BPF is not among the active security modules: boot with lsm=...,bpf";
  }
  if (refusal.code == ESRCH || refusal.code == ENOENT) {
    return kind == "tp_btf" ? "this kernel has no such tracepoint"
                            : "this kernel has no such function: it may be inlined or renamed";
  }
  if (refusal.code == kKernelNotSupported || refusal.code == EOPNOTSUPP) {
    return "this kernel or architecture has no BPF trampolines: use a kprobe or tracepoint program";
  }
  return {};
}

std::string hint_for_perf_event(const Refusal& refusal, const SystemState& state) {
  if (denied(refusal.code) && keeps_perf_events(state)) return perf_events_are_kept(state);
  switch (refusal.code) {
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP:
      return "this CPU (or virtual machine) does not offer that event; software events such as "
             "cpu-clock work everywhere";
    case EINVAL:
      return "the event does not exist here, or the frequency is above "
             "kernel.perf_event_max_sample_rate";
    default: return {};
  }
}

std::string hint_for_network(const Refusal& refusal) {
  if (refusal.type == "xdp") {
    switch (refusal.code) {
      case EOPNOTSUPP:
      case ENOTTY: return "the interface's driver has no native XDP: use mode: generic";
      case EINVAL:
      case ERANGE:
        return "the driver refuses the program in this mode (MTU or queues): try mode: generic";
      case EEXIST: return "the interface runs a program in another mode already";
      default: return {};
    }
  }
  if (refusal.type == "sched_cls" && (refusal.code == ENOENT || refusal.code == EOPNOTSUPP)) {
    return "this kernel lacks tc's BPF classifier (CONFIG_NET_CLS_BPF, CONFIG_NET_SCH_INGRESS)";
  }
  if (refusal.type == "flow_dissector" && (refusal.code == E2BIG || refusal.code == EEXIST)) {
    return "a network namespace takes one flow dissector, and none where the machine's first one "
           "has one, or the other way round: bpftool link";
  }
  if (refusal.code == EPERM && refusal.type.starts_with("cgroup_")) {
    return "a program further up in the cgroup tree may be attached exclusively: bpftool cgroup "
           "tree";
  }
  return {};
}

std::string hint_for_map_parameters(const Refusal& refusal, const SystemState& state) {
  const std::string kernel = "this kernel (" + std::to_string(state.kernel_major) + "." +
                             std::to_string(state.kernel_minor) + ")";
  if (refusal.type_is_known == false) return kernel + " has no maps of type " + refusal.type;
  const std::string parameters = refusal.parameters.empty() ? "" : ": " + refusal.parameters;
  if (refusal.type_is_known == true) {
    return kernel + " makes maps of type " + refusal.type + ", but not like this" + parameters;
  }
  return kernel + " may not know maps of type " + refusal.type +
         ", or not with these sizes and flags" + parameters;
}

std::string hint_for_map(const Refusal& refusal, const SystemState& state) {
  switch (refusal.code) {
    case ENOMEM:
      return "the map does not fit into memory or the memory cgroup: lower its max_entries";
    case E2BIG: return "its key, value or max_entries is larger than this kernel allows";
    case EINVAL: return hint_for_map_parameters(refusal, state);
    default: return {};
  }
}

}  // namespace

std::string hint_for(const Refusal& refusal, const SystemState& state) {
  const std::string_view kind = kind_of(refusal);
  if (is_kprobe(kind) && !state.kprobes) return hint_for_kprobe(refusal, state);
  if (denied(refusal.code) && !refusal.verifier) {
    if (std::string text = hint_when_denied(refusal, state); !text.empty()) return text;
  }
  if (refusal.verifier) {
    if (is_tracing(refusal.type) && state.lockdown == Lockdown::kConfidentiality) {
      return hint_for_lockdown(refusal, state);
    }
    return "the verifier of this kernel rejects the program; its last words are above";
  }
  if (refusal.operation == RefusedOperation::kCreateMap) return hint_for_map(refusal, state);
  if (needs_kernel_btf(kind)) return hint_for_btf_target(refusal, state);
  if (refusal.operation == RefusedOperation::kLoadObject) {
    return state.kernel_btf ? std::string() : hint_for_btf_target(refusal, state);
  }
  if (is_kprobe(kind)) return hint_for_kprobe(refusal, state);
  if (is_uprobe(kind)) return hint_for_uprobe(refusal, state);
  if (is_one_of(kind, {"tracepoint", "tp"})) return hint_for_tracepoint(refusal, state);
  if (kind == "perf_event") return hint_for_perf_event(refusal, state);
  return hint_for_network(refusal);
}

}  // namespace bpfmap::kernel
