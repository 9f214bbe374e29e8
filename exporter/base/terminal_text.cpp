// SPDX-License-Identifier: Apache-2.0
#include "base/terminal_text.h"

namespace bpfmap {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Lead {
  std::size_t length;
  char32_t bits;
  char32_t least;  // the smallest code point that needs this length
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if ((byte & 0xE0U) == 0xC0) return {2, byte & 0x1FU, 0x80};
  if ((byte & 0xF0U) == 0xE0) return {3, byte & 0x0FU, 0x800};
  if ((byte & 0xF8U) == 0xF0) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

bool in(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// Controls, and what Unicode calls format characters: invisible, or able to reverse the
// text around them.
bool is_unprintable(char32_t c) {
  return c < 0x20 || in(c, 0x7F, 0x9F) || in(c, 0x200B, 0x200F) || in(c, 0x2028, 0x202E) ||
         in(c, 0x2060, 0x206F) || c == 0xFEFF || c == 0xAD || c == 0x061C;
}

std::string hexadecimal(char32_t value, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    text += "0123456789abcdef"[(value >> static_cast<unsigned>(shift)) & 0xFU];
  }
  return text;
}

std::string escaped(CodePoint c, unsigned char byte) {
  if (c.length == 0 || c.value < 0x80) {
    if (byte == '\n') return "\\n";
    if (byte == '\r') return "\\r";
    if (byte == '\t') return "\\t";
    return "\\x" + hexadecimal(byte, 2);
  }
  return "\\u" + hexadecimal(c.value, 4);
}

}  // namespace

CodePoint decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Lead lead = lead_of(byte(at));
  if (lead.length == 0 || text.size() - at < lead.length) return {};
  char32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return {};
    value = (value << 6U) | (byte(at + i) & 0x3FU);
  }
  if (value < lead.least || value > 0x10FFFF || in(value, 0xD800, 0xDFFF)) return {};
  return {value, lead.length};
}

std::string in_quotes(std::string_view text) {
  constexpr int kMostCharacters = 60;
  std::string out = "'";
  int characters = 0;
  for (std::size_t at = 0; at < text.size(); ++characters) {
    if (characters == kMostCharacters) return out + "...'";
    const CodePoint c = decode_utf8(text, at);
    if (c.length == 0 || is_unprintable(c.value)) {
      out += escaped(c, static_cast<unsigned char>(text[at]));
    } else {
      out += text.substr(at, c.length);
    }
    at += c.length == 0 ? 1 : c.length;
  }
  return out + "'";
}

std::vector<Cell> cells_of(std::string_view line) {
  constexpr std::size_t kTabStop = 4;
  std::vector<Cell> cells;
  for (std::size_t at = 0; at < line.size();) {
    const CodePoint c = decode_utf8(line, at);
    const std::size_t length = c.length == 0 ? 1 : c.length;
    if (c.value == '\t' && c.length == 1) {
      do cells.push_back({at, " "});
      while (cells.size() % kTabStop != 0);
    } else if (c.length == 0 || is_unprintable(c.value)) {
      cells.push_back({at, kReplacement});
    } else {
      cells.push_back({at, line.substr(at, length)});
    }
    at += length;
  }
  return cells;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    for (const Cell& cell : cells_of(text.substr(0, end))) out += cell.glyph;
    if (end == std::string_view::npos) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace bpfmap
