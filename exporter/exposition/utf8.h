// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// What BPF programs write is bytes, what Prometheus reads must be UTF-8: one invalid byte in one
// label makes it refuse the whole page. Invalid sequences become U+FFFD, one for each maximal
// subpart of an ill-formed sequence, as the Unicode standard (section 3.9, table 3-7) and the W3C
// encoding standard do it: overlong forms, surrogates and what lies above U+10FFFF are invalid. NUL
// and control characters are valid. Pure functions: any thread.
namespace bpfmap::exposition {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD
inline constexpr std::size_t kMaxUtf8Expansion = 3;  // one bad byte becomes three

struct Utf8Sequence {
  std::size_t bytes;  // of the character, or of the ill-formed subpart to replace; at least 1
  bool valid;
};

// The sequence that `text` begins with; `text` is not empty.
Utf8Sequence first_utf8_sequence(std::string_view text);

bool is_valid_utf8(std::string_view text);

// Writes `text` as valid UTF-8 to `out`, which has room for kMaxUtf8Expansion times its size;
// returns the end. Sets *lossy, if something was replaced, and never clears it.
char* write_utf8(char* out, std::string_view text, bool* lossy);

std::string to_valid_utf8(std::string_view text);

// Eight bytes at once, for the fast path over ASCII. `at` need not be aligned.
inline std::uint64_t load_word(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

inline bool is_ascii(std::uint64_t word) { return (word & 0x8080808080808080) == 0; }

}  // namespace bpfmap::exposition
