// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/layout.h"
#include "kernel/object_info.h"

// Types as tables for people: where each part lies, how large it is, and by which path a
// configuration names it.
namespace bpfmap::commands {

// The parts of a key, a value or an event, one a line, and the enums among them. Holes are lines of
// their own, called PADDING. "key: struct flow, 16 bytes" and the table below it, for a number one
// line; `indent` before each.
std::string layout_text(std::string_view role, const kernel::TypePtr& type,
                        std::string_view indent);

// The same for the variables of one section, which are in the order of their offsets.
std::string variables_text(std::span<const kernel::GlobalInfo> variables, std::string_view indent);

// Bits of a type that belong to none of its parts. What members of a union leave of it is not
// counted: which of them is in use only the program knows.
std::uint64_t padding_bits(const kernel::Type& type);

}  // namespace bpfmap::commands
