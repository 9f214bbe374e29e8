// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Escaping of the text format 0.0.4. Source: "Exposition formats" in Prometheus' documentation.
// Pure functions: any thread.
namespace bpfmap::exposition {

// A byte becomes at most three: two when it is escaped, three when it is replaced by U+FFFD.
inline constexpr std::size_t kMaxLabelExpansion = 3;

// Writes `text` as the inside of a quoted label value (backslash, quote and newline escaped,
// invalid UTF-8 replaced) to `out`, which has room for kMaxLabelExpansion times its size; returns
// the end. Sets *lossy, and never clears it, if something was replaced: two different texts may
// then look the same. Escaping alone loses nothing.
char* write_label_value(char* out, std::string_view text, bool* lossy);

// Appends `help` as the rest of a HELP line, where backslash and newline are escaped and
// quotes are not.
void append_help(std::string& out, std::string_view help);

}  // namespace bpfmap::exposition
