// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>

#include "kernel/attach/interfaces.h"
#include "kernel/attach/site.h"

namespace bpfmap::kernel {

// The sites of the interfaces that names and globs select. `place_of` names the place there (see
// Attachment), `where_of` tells people.
Sites interface_sites(const LoadedProgram& program, std::span<const std::string> patterns,
                      const std::function<std::string(const Interface&)>& place_of,
                      const std::function<std::string(const Interface&)>& where_of,
                      const std::function<Result<Attachment::Handle>(const Interface&)>& attach);

}  // namespace bpfmap::kernel
