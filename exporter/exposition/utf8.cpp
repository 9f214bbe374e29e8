// SPDX-License-Identifier: Apache-2.0
#include "exposition/utf8.h"

namespace bpfmap::exposition {
namespace {

// What may follow a first byte. Only the second byte has a range of its own, which keeps out
// overlong forms (E0, F0), surrogates (ED) and what lies above U+10FFFF (F4); all others
// are 80..BF.
struct Lead {
  std::size_t bytes;  // of the whole sequence; 0: no sequence begins like this
  std::uint8_t second_from;
  std::uint8_t second_to;
};

Lead lead_of(std::uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

std::uint8_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<std::uint8_t>(text[index]);
}

// How many bytes from the start are plain ASCII, in steps of eight as long as there are eight.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t length = 0;
  while (text.size() - length >= sizeof(std::uint64_t) &&
         is_ascii(load_word(text.data() + length))) {
    length += sizeof(std::uint64_t);
  }
  while (length < text.size() && byte_at(text, length) < 0x80) ++length;
  return length;
}

}  // namespace

Utf8Sequence first_utf8_sequence(std::string_view text) {
  const Lead lead = lead_of(byte_at(text, 0));
  if (lead.bytes == 0) return {1, false};
  for (std::size_t i = 1; i < lead.bytes; ++i) {
    const std::uint8_t from = i == 1 ? lead.second_from : 0x80;
    const std::uint8_t to = i == 1 ? lead.second_to : 0xBF;
    if (i == text.size() || byte_at(text, i) < from || byte_at(text, i) > to) return {i, false};
  }
  return {lead.bytes, true};
}

bool is_valid_utf8(std::string_view text) {
  while (true) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) return true;
    const Utf8Sequence sequence = first_utf8_sequence(text);
    if (!sequence.valid) return false;
    text.remove_prefix(sequence.bytes);
  }
}

char* write_utf8(char* out, std::string_view text, bool* lossy) {
  while (!text.empty()) {
    std::size_t taken = ascii_prefix(text);
    std::string_view piece = text.substr(0, taken);
    if (taken == 0) {
      const Utf8Sequence sequence = first_utf8_sequence(text);
      taken = sequence.bytes;
      piece = sequence.valid ? text.substr(0, taken) : kReplacementCharacter;
      if (!sequence.valid) *lossy = true;
    }
    std::memcpy(out, piece.data(), piece.size());
    out += piece.size();
    text.remove_prefix(taken);
  }
  return out;
}

std::string to_valid_utf8(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(text);
  std::string valid(text.size() * kMaxUtf8Expansion, '\0');
  bool lossy = false;
  valid.resize(static_cast<std::size_t>(write_utf8(valid.data(), text, &lossy) - valid.data()));
  return valid;
}

}  // namespace bpfmap::exposition
