// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostics.h"

// What the YAML library does not do for the text that goes in and the messages that come out.
namespace bpfmap::config {

// Larger files are refused: they are no configurations, and a tree takes a multiple of its text.
inline constexpr std::size_t kMostSourceBytes = std::size_t{4} << 20U;

// The text without a byte order mark and with LF as line break. Reports and returns nullopt
// where it is too large, is not UTF-8 or holds a character that YAML forbids; among those is
// 0x04, at which yaml-cpp would stop reading without a word. Columns stay those of the original,
// the mark not counted.
std::optional<std::string> clean_yaml_text(std::string_view text, Diagnostics& diagnostics);

// A list or mapping in brackets that is not closed yet.
struct OpenFlow {
  Position at;
  bool is_mapping = false;
};

// A syntax error as yaml-cpp words it, and where it found it; `offset` is in the clean text.
struct SyntaxError {
  std::string message;
  Position at;
  std::size_t offset = 0;
};

// The same in terms of what the user wrote. `open` is the innermost open bracket, if any.
Diagnostic explain_syntax_error(const SyntaxError& error, std::string_view text,
                                std::optional<OpenFlow> open);

// Where the '-' of an item without a value stands, which yaml-cpp reports at the token after it,
// `next`; `next` itself where the value was written out.
Position left_out_item(std::string_view text, std::size_t offset, Position next);

// Whether the scalar at `offset`, tag and anchor included, opens a quote and the text ends
// before its other half. yaml-cpp takes that for the end of the quote where the text ends with
// a line break.
bool is_unclosed_quote(std::string_view text, std::size_t offset);

}  // namespace bpfmap::config
