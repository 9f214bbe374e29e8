// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "kernel/object.h"

namespace bpfmap::app {

// "packets" of "builtin:packets"; nothing for a path.
std::optional<std::string> builtin_name(std::string_view object);

// Opens an object that is compiled into the exporter. The error lists those that are.
Result<kernel::Object> open_builtin_object(const std::string& name,
                                           const std::string& kernel_btf = {});

// Opens what a command line calls an object: a path, or builtin:NAME.
Result<kernel::Object> open_named_object(const std::string& object);

}  // namespace bpfmap::app
