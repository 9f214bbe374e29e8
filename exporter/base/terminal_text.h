// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Text of a file that may hold any bytes, made fit for a message on a terminal.
namespace bpfmap {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // in bytes; 0: no valid UTF-8 begins here
};

// The character that begins at `at`, which must be less than the size. Rejects what RFC 3629 does:
// overlong forms, surrogates, and everything above U+10FFFF.
CodePoint decode_utf8(std::string_view text, std::size_t at);

// Text between single quotes, for messages: cut when long, with what is invisible, or would move a
// cursor or the direction of writing, written as an escape sequence.
std::string in_quotes(std::string_view text);

// The columns of a line as a terminal shows them. Every cell is one character wide: a tab becomes
// spaces, whatever cannot be shown becomes U+FFFD. Wide characters count as one.
struct Cell {
  std::size_t offset = 0;  // where in the line, in bytes
  std::string_view glyph;  // into the line, or a constant
};
std::vector<Cell> cells_of(std::string_view line);

// The glyphs of cells_of(); line breaks stay.
std::string printable(std::string_view text);

}  // namespace bpfmap
