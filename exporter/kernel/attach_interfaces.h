// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>

#include "kernel/attach.h"
#include "kernel/interfaces.h"

namespace bpfmap::kernel {

// Attaches to each of the interfaces that names and globs select: all of them or, with an error,
// none. `place_of` names the place there (see Attachment); what is attached at it already and can
// be led to the program is taken as it is, so that `attach` is called for the others only.
Result<Attachments> attach_to_interfaces(
    const LoadedProgram& program, std::span<const std::string> patterns,
    const std::function<std::string(const Interface&)>& place_of,
    const std::function<Result<Attachment::Handle>(const Interface&)>& attach);

}  // namespace bpfmap::kernel
