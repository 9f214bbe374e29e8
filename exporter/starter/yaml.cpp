// SPDX-License-Identifier: Apache-2.0
#include "starter/yaml.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"

namespace bpfmap::starter {
namespace {

// Words that YAML takes for something else than text, here or in other programs that read it.
constexpr auto kSpecialWords =
    std::to_array<std::string_view>({"null", "true", "false", "yes", "no", "on", "off", "y", "n"});

bool is_plain(std::string_view text) {
  constexpr std::string_view kInside = "_./-+";
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0) return false;
  if (text.front() == '-' || text.front() == '+') return false;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(kSpecialWords.begin(), kSpecialWords.end(), lower) != kSpecialWords.end()) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || kInside.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace

std::string scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '$') quoted += '$';
    quoted += c == '\n' ? std::string("\\n") : without_controls(std::string(1, c));
  }
  return quoted + "\"";
}

std::string sentence(std::string_view text) {
  constexpr std::string_view kInside = "_.[] ";
  const bool is_harmless =
      !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
      std::all_of(text.begin(), text.end(), [&](unsigned char c) {
        return std::isalnum(c) != 0 || kInside.find(static_cast<char>(c)) != std::string_view::npos;
      });
  return is_harmless ? std::string(text) : scalar(text);
}

std::string comment_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return "#" + without_controls(std::move(line)) + "\n";
}

std::string comment(std::string_view text, std::string_view indent) {
  if (text.empty()) return {};
  std::string one_line(text);
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  const std::string start = std::string(indent) + "# ";
  return start + wrapped(without_controls(one_line), start.size(), start) + "\n";
}

std::string commented_out(std::string_view lines, std::string_view indent) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view line = lines.substr(0, end);
    if (line.starts_with(indent)) line.remove_prefix(indent.size());
    text += std::string(indent) + (line.starts_with("#") ? "" : "# ") + std::string(line) + "\n";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text;
}

}  // namespace bpfmap::starter
