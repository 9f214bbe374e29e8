// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace bpfmap {

// A file of /proc, /sys or /etc as it is at this moment, whole, whatever size it says it has;
// nothing where it cannot be read (errno tells why). Of a file beyond 8 MiB the lines that fit. Any
// thread.
std::optional<std::string> read_small_file(const std::string& path);

}  // namespace bpfmap
