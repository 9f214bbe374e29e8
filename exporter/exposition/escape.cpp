// SPDX-License-Identifier: Apache-2.0
#include "exposition/escape.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "exposition/utf8.h"

namespace bpfmap::exposition {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = 0x8080808080808080;

constexpr std::uint64_t repeat(char c) { return kOnes * static_cast<std::uint8_t>(c); }

// Not zero if a byte of an ASCII word is zero ("Determine if a word has a zero byte", Bit Twiddling
// Hacks; for bytes below 0x80 the mask against bytes that were large before can be left out).
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - kOnes) & kHighBits; }

// Eight bytes that stand for themselves in a label value.
bool is_plain(std::uint64_t word) {
  const std::uint64_t special = zero_bytes(word ^ repeat('"')) | zero_bytes(word ^ repeat('\\')) |
                                zero_bytes(word ^ repeat('\n'));
  return ((word | special) & kHighBits) == 0;
}

// Up to seven bytes in one word, some of them twice, the rest NUL, which is plain.
std::uint64_t load_short(std::string_view text) {
  if (text.size() >= sizeof(std::uint32_t)) {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, text.data(), sizeof(first));
    std::memcpy(&last, text.data() + text.size() - sizeof(last), sizeof(last));
    return std::uint64_t{first} << 32 | last;
  }
  std::uint64_t word = 0;
  for (const char c : text) word = word << 8 | static_cast<std::uint8_t>(c);
  return word;
}

// Whether nothing has to be escaped or replaced: the rule for label values,
// almost without exception.
bool is_plain_text(std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (text.size() < kWord) return is_plain(load_short(text));
  for (std::size_t at = 0; at + kWord < text.size(); at += kWord) {
    if (!is_plain(load_word(text.data() + at))) return false;
  }
  return is_plain(load_word(text.data() + text.size() - kWord));
}

char* write_ascii(char* out, char c) {
  switch (c) {
    case '\\':
    case '"': *out++ = '\\'; break;
    case '\n':
      *out++ = '\\';
      c = 'n';
      break;
    default: break;
  }
  *out++ = c;
  return out;
}

char* write_sequence(char* out, std::string_view text, Utf8Sequence sequence) {
  const std::string_view written =
      sequence.valid ? text.substr(0, sequence.bytes) : kReplacementCharacter;
  std::memcpy(out, written.data(), written.size());
  return out + written.size();
}

}  // namespace

char* write_label_value(char* out, std::string_view text, bool* lossy) {
  if (text.empty()) return out;  // its pointer may be null
  if (is_plain_text(text)) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
  }
  while (!text.empty()) {
    std::size_t taken = 1;
    if (text.size() >= sizeof(std::uint64_t) && is_plain(load_word(text.data()))) {
      taken = sizeof(std::uint64_t);
      std::memcpy(out, text.data(), taken);
      out += taken;
    } else if (const char c = text.front(); static_cast<std::uint8_t>(c) < 0x80) {
      out = write_ascii(out, c);
    } else {
      const Utf8Sequence sequence = first_utf8_sequence(text);
      if (!sequence.valid) *lossy = true;
      taken = sequence.bytes;
      out = write_sequence(out, text, sequence);
    }
    text.remove_prefix(taken);
  }
  return out;
}

void append_help(std::string& out, std::string_view help) {
  const std::string text = to_valid_utf8(help);
  const auto is_special = [](char c) { return c == '\\' || c == '\n'; };
  auto at = text.begin();
  while (true) {
    const auto special = std::find_if(at, text.end(), is_special);
    out.append(at, special);
    if (special == text.end()) return;
    out += *special == '\n' ? "\\n" : "\\\\";
    at = special + 1;
  }
}

}  // namespace bpfmap::exposition
