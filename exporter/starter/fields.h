// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decode/field_lookup.h"
#include "kernel/layout.h"

namespace bpfmap::starter {

// A part that a configuration can name and that is a number, text or an array of numbers.
struct UsableField {
  kernel::Field field;
  std::string note;  // what there would be as well, empty where nothing was left out
};

// The parts of a key, a value or an event, but for what is called padding: structs taken apart, of
// a union the first member that can be used, of arrays of structs the first elements.
std::vector<UsableField> usable_fields(const decode::Whole& whole);

// An address by its type: a struct or union that is used as a whole.
bool is_address(const kernel::Type& type, std::string_view name);

}  // namespace bpfmap::starter
