// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/attach_target.h"

namespace bpfmap::kernel {

// Where a program stands among sets of programs of which one is enough: the first that
// loads and attaches.
struct Alternative {
  std::size_t group = 0;
  std::vector<std::size_t> sets;  // of that group, counted from 0, in ascending order
  bool operator==(const Alternative&) const = default;
};

// What the user wants with a program; programs without a request load and attach
// by section, required.
struct ProgramRequest {
  std::string name;
  bool load = true;
  bool required = true;
  std::vector<model::AttachTarget> targets;  // empty: by section
  std::optional<Alternative> alternative = {};
  bool operator==(const ProgramRequest&) const = default;
};

}  // namespace bpfmap::kernel
