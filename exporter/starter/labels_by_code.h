// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "starter/label_draft.h"

namespace bpfmap::starter {

// The field of a key that is a process: by the code, or by its name; empty where none is.
std::string process_in(const std::vector<UsableField>& fields, const KeyFacts& code);

// label_of(), or what the code says in its place. `process` is the field of the key that is one.
LabelDraft label_by_code(const std::string& map, const UsableField& usable, const std::string& role,
                         const KeyFacts& code, const std::string& process);

// The number that a field of the key has in all lookups; nothing where it is not one and the same,
// or it is not known.
std::optional<std::int64_t> constant_in_key(const kernel::Field& field, const KeyFacts& code);

// The same of all fields of a key, as text.
std::string only_key(const decode::Whole& key, const KeyFacts& code);

}  // namespace bpfmap::starter
