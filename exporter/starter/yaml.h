// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// Pieces of YAML text.
namespace bpfmap::starter {

// Text as a scalar that reads back as it is, wherever it stands: in quotes unless it is a plain
// word. Dollars are doubled, since configurations expand variables.
std::string scalar(std::string_view text);

// The same for text of words, which needs quotes only where it holds something else.
std::string sentence(std::string_view text);

// Text as one line of comment, however long, with the spaces it has.
std::string comment_line(std::string_view text);

// Text as lines of comment, each with `indent` before it.
std::string comment(std::string_view text, std::string_view indent);

// Lines made comments of, `indent` before each "#".
std::string commented_out(std::string_view lines, std::string_view indent);

}  // namespace bpfmap::starter
