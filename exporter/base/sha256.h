// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace bpfmap {

// The SHA-256 digest (FIPS 180-4) of bytes in lower-case hex.
std::string sha256_hex(std::string_view bytes);

}  // namespace bpfmap
