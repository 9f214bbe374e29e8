// SPDX-License-Identifier: Apache-2.0
#include "config/yaml/yaml_text.h"

#include <algorithm>
#include <array>

#include "base/terminal_text.h"
#include "base/text.h"

namespace bpfmap::config {
namespace {

// c-printable of YAML 1.2, section 5.1, which goes on to allow what is above.
bool is_forbidden(char32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n';
  return c >= 0x7F && c < 0xA0 && c != 0x85;
}

// Of "\r\n" only the "\n" is kept; a "\r" alone stays and is then refused.
std::string without_carriage_returns(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i];
  }
  return out;
}

std::string hex_byte(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return {'0', 'x', "0123456789abcdef"[value >> 4U], "0123456789abcdef"[value & 0xFU]};
}

// The phrases of yaml-cpp's exceptions.h that users meet, and what they mean.
struct Phrase {
  std::string_view library;
  std::string_view ours;
};
constexpr std::array kPhrases = {
    Phrase{"illegal map value",
           "':' is not allowed here (text that holds ': ' needs quotes, and the keys of a mapping "
           "begin in the same column)"},
    Phrase{"end of map not found",
           "expected the next 'key: value', in the column of the keys above"},
    Phrase{"end of sequence not found",
           "expected the next '- item', in the column of the items above"},
    Phrase{"illegal block entry", "a list item '- ...' is not allowed here"},
    Phrase{"illegal map key", "a key is not allowed here"},
    Phrase{"illegal EOF in scalar", "text in quotes is not closed"},
    Phrase{"illegal document indicator in scalar", "text in quotes is not closed"},
    Phrase{"unknown token", "a value cannot begin with this character (put it in quotes)"},
    Phrase{"illegal tab when looking for indentation", "tabs cannot indent, use spaces"},
};

std::string translate(const std::string& message) {
  for (const Phrase& phrase : kPhrases) {
    if (phrase.library == message) return std::string(phrase.ours);
  }
  return message;
}

bool is_indented_by_tab(std::string_view text, std::size_t offset) {
  const std::size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  std::size_t at = before == std::string_view::npos ? 0 : before + 1;
  while (at < text.size() && text[at] == ' ') ++at;
  return at < text.size() && text[at] == '\t';
}

Diagnostic unclosed(const SyntaxError& error, std::string_view text, const OpenFlow& open) {
  const std::string kind = open.is_mapping ? "mapping" : "list";
  const std::string bracket = open.is_mapping ? "'}'" : "']'";
  if (error.offset >= text.size()) {
    return {Severity::kError, open.at,
            "YAML: the " + kind + " that begins here is not closed by " + bracket};
  }
  std::string message = "YAML: expected ',' or " + bracket + " in the " + kind +
                        " that begins at line " + std::to_string(open.at.line) + ", column " +
                        std::to_string(open.at.column);
  const std::size_t brace = error.offset;
  if (text[brace] == '{' && brace > 0 && text[brace - 1] == '$') {
    message += " (inside { } and [ ] write \"${NAME}\" in quotes)";
  }
  return {Severity::kError, error.at, std::move(message)};
}

}  // namespace

std::optional<std::string> clean_yaml_text(std::string_view text, Diagnostics& diagnostics) {
  if (text.size() > kMostSourceBytes) {
    diagnostics.error({}, "larger than " + std::to_string(kMostSourceBytes >> 20U) +
                              " MiB, which no configuration is");
    return std::nullopt;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::string clean = without_carriage_returns(text);
  Position at{1, 1};
  for (std::size_t i = 0; i < clean.size();) {
    const CodePoint c = decode_utf8(clean, i);
    if (c.length == 0) {
      diagnostics.error(at, "not UTF-8 text: byte " + hex_byte(clean[i]));
      return std::nullopt;
    }
    if (is_forbidden(c.value)) {
      diagnostics.error(at, "control character " +
                                in_quotes(std::string_view(clean).substr(i, c.length)) +
                                " is not allowed in YAML");
      return std::nullopt;
    }
    i += c.length;
    at.column += static_cast<int>(c.length);
    if (c.value == '\n') at = {at.line + 1, 1};
  }
  return clean;
}

Diagnostic explain_syntax_error(const SyntaxError& error, std::string_view text,
                                std::optional<OpenFlow> open) {
  if (open && error.message.ends_with("flow not found")) return unclosed(error, text, *open);
  if (is_indented_by_tab(text, std::min(error.offset, text.size()))) {
    return {Severity::kError, error.at, "YAML: this line is indented by a tab, use spaces"};
  }
  return {Severity::kError, error.at, "YAML: " + translate(error.message)};
}

Position left_out_item(std::string_view text, std::size_t offset, Position next) {
  std::string_view before = text.substr(0, std::min(offset, text.size()));
  for (Position at = next; !before.empty(); --at.line) {
    const std::size_t begin = before.rfind('\n') + 1;  // 0 where there is none
    std::string_view line = before.substr(begin);
    line = line.substr(0, line.find('#'));
    line = line.substr(0, line.find_last_not_of(" \t") + 1);
    if (line.ends_with('-')) return {at.line, static_cast<int>(line.size())};
    if (!line.empty()) return next;
    before = before.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return next;
}

bool is_unclosed_quote(std::string_view text, std::size_t offset) {
  constexpr std::string_view kBlank = " \t\n";
  text.remove_prefix(std::min(offset, text.size()));
  while (text.starts_with('&') || text.starts_with('!')) {
    text.remove_prefix(std::min(text.find_first_of(kBlank), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  }
  if (!text.starts_with('"') && !text.starts_with('\'')) return false;
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool doubled = quote == '\'' && text.substr(i).starts_with("''");
    const bool escape = quote == '"' && text[i] == '\\';
    if (doubled || escape) {
      ++i;
    } else if (text[i] == quote) {
      return false;
    }
  }
  return true;
}

}  // namespace bpfmap::config
