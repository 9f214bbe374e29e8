// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bpfmap::kernel {

// How a program gets to what it is attached to. Earlier ones cost less, and know the types of the
// kernel; later ones are there in more kernels.
enum class HookKind { kTrampoline, kProbe, kBtfTracepoint, kRawTracepoint, kTracepoint, kOther };

// What of the kernel or of a binary a program runs at, whatever its kind: two programs of one place
// see the same events.
struct Hook {
  std::string place;  // "the entry of do_unlinkat", "tracepoint sched_switch"
  HookKind kind = HookKind::kOther;
};

// Nothing for sections that name no place of events ("xdp", "iter/task").
std::optional<Hook> hook_of(std::string_view section);

}  // namespace bpfmap::kernel
