// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "kernel/object_info.h"

namespace bpfmap::starter {

// Comments about programs that attach by themselves, and "programs:" for those that do not: network
// programs on the loopback interface, profilers on the CPU clock; what could do harm or needs to
// know more is not loaded, and its comment says what to write.
std::string programs_yaml(std::span<const kernel::ProgramInfo> programs);

}  // namespace bpfmap::starter
