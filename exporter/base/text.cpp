// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace bpfmap {
namespace {

constexpr std::size_t kColumns = 100;

template <typename Number>
std::optional<Number> parse_whole(std::string_view word, int base) {
  Number number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number, base);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(separator));
    if (!part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return parts;
}

std::string_view next_part(std::string_view& line, char separator) {
  const std::string_view part = line.substr(0, line.find(separator));
  line.remove_prefix(std::min(part.size() + 1, line.size()));
  return part;
}

std::string_view next_line(std::string_view& text) { return next_part(text, '\n'); }

std::string_view next_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::uint32_t> parse_u32(std::string_view word, int base) {
  return parse_whole<std::uint32_t>(word, base);
}

std::optional<std::uint64_t> parse_u64(std::string_view word, int base) {
  return parse_whole<std::uint64_t>(word, base);
}

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte >> 4)];
    text += kDigits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string wrapped(std::string_view text, std::size_t first_column, std::string_view indent) {
  std::string lines;
  std::size_t column = first_column;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!lines.empty() && column + 1 + word.size() > kColumns) {
      lines += "\n" + std::string(indent);
      column = indent.size();
    } else if (!lines.empty()) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string without_controls(std::string text) {
  constexpr char kDelete = 0x7f;
  for (char& c : text) {
    const bool is_control = (c >= 0 && c < ' ' && c != '\n') || c == kDelete;
    if (is_control) c = '?';
  }
  return text;
}

}  // namespace bpfmap
