// SPDX-License-Identifier: Apache-2.0
#include "kernel/hook.h"

#include <algorithm>
#include <array>

namespace bpfmap::kernel {
namespace {

enum class Where { kEntry, kReturn, kTracepoint, kNamed };

struct HookRule {
  std::string_view kind;  // of the section
  Where where;
  HookKind hook;
};

constexpr std::array<HookRule, 24> kRules{{
    {"fentry", Where::kEntry, HookKind::kTrampoline},
    {"fexit", Where::kReturn, HookKind::kTrampoline},
    {"kprobe", Where::kEntry, HookKind::kProbe},
    {"kprobe.multi", Where::kEntry, HookKind::kProbe},
    {"kprobe.session", Where::kEntry, HookKind::kProbe},
    {"kretprobe", Where::kReturn, HookKind::kProbe},
    {"kretprobe.multi", Where::kReturn, HookKind::kProbe},
    {"ksyscall", Where::kEntry, HookKind::kProbe},
    {"kretsyscall", Where::kReturn, HookKind::kProbe},
    {"tp_btf", Where::kTracepoint, HookKind::kBtfTracepoint},
    {"raw_tp", Where::kTracepoint, HookKind::kRawTracepoint},
    {"raw_tp.w", Where::kTracepoint, HookKind::kRawTracepoint},
    {"raw_tracepoint", Where::kTracepoint, HookKind::kRawTracepoint},
    {"raw_tracepoint.w", Where::kTracepoint, HookKind::kRawTracepoint},
    {"tp", Where::kTracepoint, HookKind::kTracepoint},
    {"tracepoint", Where::kTracepoint, HookKind::kTracepoint},
    {"uprobe", Where::kNamed, HookKind::kOther},
    {"uprobe.multi", Where::kNamed, HookKind::kOther},
    {"uretprobe", Where::kNamed, HookKind::kOther},
    {"uretprobe.multi", Where::kNamed, HookKind::kOther},
    {"usdt", Where::kNamed, HookKind::kOther},
    {"lsm", Where::kNamed, HookKind::kOther},
    {"fmod_ret", Where::kNamed, HookKind::kOther},
    {"perf_event", Where::kNamed, HookKind::kOther},
}};

std::string_view without(std::string_view text, std::string_view ending) {
  return text.ends_with(ending) ? text.substr(0, text.size() - ending.size()) : text;
}

// The system call that a function of the kernel begins, by the names that architectures give it.
std::string_view system_call_of(std::string_view kind, std::string_view function) {
  if (kind == "ksyscall" || kind == "kretsyscall") return function;
  for (const std::string_view prefix :
       {"__x64_sys_", "__arm64_sys_", "__s390x_sys_", "__riscv_sys_"}) {
    if (function.starts_with(prefix)) return function.substr(prefix.size());
  }
  return {};
}

std::string function_place(const HookRule& rule, std::string_view function) {
  const std::string_view call = system_call_of(rule.kind, function);
  const std::string what =
      call.empty() ? std::string(function) : "system call " + std::string(call);
  return (rule.where == Where::kEntry ? "the entry of " : "the return of ") + what;
}

// "CATEGORY/NAME", of which the name is unique, or the name alone.
std::string tracepoint_place(std::string_view rest) {
  constexpr std::string_view kEnter = "syscalls/sys_enter_";
  constexpr std::string_view kExit = "syscalls/sys_exit_";
  if (rest.starts_with(kEnter)) {
    return "the entry of system call " + std::string(rest.substr(kEnter.size()));
  }
  if (rest.starts_with(kExit)) {
    return "the return of system call " + std::string(rest.substr(kExit.size()));
  }
  const std::size_t slash = rest.rfind('/');
  return "tracepoint " +
         std::string(slash == std::string_view::npos ? rest : rest.substr(slash + 1));
}

}  // namespace

std::optional<Hook> hook_of(std::string_view section) {
  const std::size_t slash = section.find('/');
  if (slash == std::string_view::npos || slash + 1 == section.size()) return std::nullopt;
  const std::string_view kind = without(section.substr(0, slash), ".s");  // which may sleep
  const std::string_view rest = section.substr(slash + 1);
  const auto* const rule = std::find_if(kRules.begin(), kRules.end(),
                                        [&](const HookRule& one) { return one.kind == kind; });
  if (rule == kRules.end()) return std::nullopt;
  switch (rule->where) {
    case Where::kEntry:
    case Where::kReturn: return Hook{function_place(*rule, rest), rule->hook};
    case Where::kTracepoint: return Hook{tracepoint_place(rest), rule->hook};
    case Where::kNamed: break;
  }
  return Hook{std::string(without(kind, ".multi")) + " " + std::string(rest), rule->hook};
}

}  // namespace bpfmap::kernel
