// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <sha2.h>

#include <array>
#include <cstdint>

namespace bpfmap {

std::string sha256_hex(std::string_view bytes) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> hex{};
  return SHA256Data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), hex.data());
}

}  // namespace bpfmap
