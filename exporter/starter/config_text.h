// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error.h"
#include "kernel/object.h"

namespace bpfmap::starter {

// A configuration for an object to start from, with comments: what `check` accepts. `origin` is
// its line that names the object, "object: packets.bpf.o". An error where nothing of the object
// can be exported.
Result<std::string> config_text(const kernel::Object& object, const std::string& origin);

}  // namespace bpfmap::starter
