// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "kernel/libbpf/system_state.h"

namespace bpfmap::kernel {

enum class RefusedOperation { kLoadObject, kCreateMap, kLoadProgram, kAttach };

// What the system refused.
struct Refusal {
  RefusedOperation operation = RefusedOperation::kLoadObject;
  int code = 0;      // positive errno
  std::string type;  // of the program, or of the map: "xdp", "hash"
  // Of the program; where it is attached by a target: the target's kind, "uprobe".
  std::string section;
  bool verifier = false;  // the verifier gave its own reasons
  // Of a map: whether the kernel makes maps of this type at all, where that could be asked.
  std::optional<bool> type_is_known = {};
  std::string parameters = {};  // of a map: "key_size 4, value_size 8, max_entries 100, flags none"
};

// One line that says what most likely stands in the way and what to do about it; empty where
// nothing is known.
std::string hint_for(const Refusal& refusal, const SystemState& state);

}  // namespace bpfmap::kernel
