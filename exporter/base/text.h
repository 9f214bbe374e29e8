// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Text apart and together again. terminal_text.h makes any bytes fit to be shown. Any thread.
namespace bpfmap {

// What a text in UTF-8 may begin with, and means nothing.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What stands between separators, of which there may be several in a row; views of `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

// Takes the first line off `text`, without its newline.
std::string_view next_line(std::string_view& text);
// Takes the next word of a line off it: what stands between blanks and tabs.
std::string_view next_word(std::string_view& line);
// Takes off what stands before `separator`, and the separator.
std::string_view next_part(std::string_view& line, char separator);

// A whole word of digits that is in range.
std::optional<std::uint32_t> parse_u32(std::string_view word, int base = 10);
std::optional<std::uint64_t> parse_u64(std::string_view word, int base = 10);

// Two digits for each byte, nothing between.
std::string hex(std::span<const std::byte> bytes);

// "1 byte", "2 bytes"
std::string counted(std::uint64_t count, std::string_view noun);

// Text broken into lines of at most 100 columns, all but the first of which begin with `indent`.
std::string wrapped(std::string_view text, std::size_t first_column, std::string_view indent);

// Control characters, which names in an object may hold, as '?'; newlines stay.
std::string without_controls(std::string text);

}  // namespace bpfmap
