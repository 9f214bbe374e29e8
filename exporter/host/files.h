// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace bpfmap::host {

inline constexpr std::size_t kMaxFileBytes = std::size_t{8} << 20;

// The text of a file, as much as kMaxFileBytes of it; nothing where it cannot be read, and errno
// says why. Any thread.
std::optional<std::string> read_file(const std::string& path);

}  // namespace bpfmap::host
