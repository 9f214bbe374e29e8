// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "decode/decoders/text.h"

namespace bpfmap::decode {
namespace {

constexpr std::size_t kGroups = 8;

// The 256 spellings of a byte, each with the dot behind it, so that writing one takes no branch.
struct ByteText {
  char text[4];
  std::uint8_t length;  // with the dot
};

constexpr std::array<ByteText, 256> make_byte_texts() {
  std::array<ByteText, 256> texts{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    ByteText& at = texts[byte];
    if (byte >= 100) at.text[at.length++] = static_cast<char>('0' + byte / 100);
    if (byte >= 10) at.text[at.length++] = static_cast<char>('0' + byte / 10 % 10);
    at.text[at.length++] = static_cast<char>('0' + byte % 10);
    at.text[at.length++] = '.';
  }
  return texts;
}
constexpr std::array<ByteText, 256> kByteTexts = make_byte_texts();

// Sixteen bits without leading zeros.
char* write_group(char* out, unsigned group) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (group >= 0x1000) *out++ = kDigits[group >> 12];
  if (group >= 0x100) *out++ = kDigits[group >> 8 & 0xf];
  if (group >= 0x10) *out++ = kDigits[group >> 4 & 0xf];
  *out++ = kDigits[group & 0xf];
  return out;
}

struct Run {
  std::size_t begin = kGroups;
  std::size_t count = 0;
};

// What "::" stands for: the longest run of zero groups, the first of equally long ones, and never a
// single group (RFC 5952, section 4.2).
Run longest_zero_run(const std::array<unsigned, kGroups>& groups) {
  Run longest;
  Run run;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (groups[i] != 0) {
      run = Run{};
      continue;
    }
    if (run.count == 0) run.begin = i;
    ++run.count;
    if (run.count > longest.count) longest = run;
  }
  return longest.count > 1 ? longest : Run{};
}

}  // namespace

char* write_ipv4(char* out, const std::byte* address) {
  for (std::size_t i = 0; i < 4; ++i) {
    const ByteText& byte = kByteTexts[std::to_integer<std::size_t>(address[i])];
    std::memcpy(out, byte.text, sizeof(byte.text));
    out += byte.length;
  }
  return out - 1;  // without the last dot
}

bool is_ipv4_mapped(const std::byte* address) {
  for (std::size_t i = 0; i < 10; ++i) {
    if (address[i] != std::byte{0}) return false;
  }
  return address[10] == std::byte{0xff} && address[11] == std::byte{0xff};
}

bool is_ipv4_alone(const std::byte* address) {
  constexpr std::array<std::byte, 16> kZeroes{};
  return std::memcmp(address, kZeroes.data(), 4) != 0 &&
         std::memcmp(address + 4, kZeroes.data(), 12) == 0;
}

char* write_ipv6(char* out, const std::byte* address) {
  std::array<unsigned, kGroups> groups{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    groups[i] = std::to_integer<unsigned>(address[2 * i]) << 8 |
                std::to_integer<unsigned>(address[2 * i + 1]);
  }
  if (is_ipv4_mapped(address)) return write_ipv4(copy_text(out, "::ffff:"), address + 12);
  const Run zeros = longest_zero_run(groups);
  for (std::size_t i = 0; i < kGroups;) {
    if (i == zeros.begin) {
      out = copy_text(out, "::");
      i += zeros.count;
      continue;
    }
    if (i > 0 && i != zeros.begin + zeros.count) *out++ = ':';
    out = write_group(out, groups[i]);
    ++i;
  }
  return out;
}

}  // namespace bpfmap::decode
