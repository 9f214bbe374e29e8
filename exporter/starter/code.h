// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "kernel/layout.h"
#include "kernel/memory_use.h"
#include "starter/draft.h"

// What the code of an object's programs says about its maps, where names and types only hint.
namespace bpfmap::starter {

// Why the rows of a map are not for export, as a sentence; empty where they may be. `may_do` is set
// where they are better than nothing.
std::string why_not_by_code(const kernel::MemoryUse& use, bool& may_do);

// What a number is by what programs do with it, where that says more than `guessed`, which its name
// and type say; `why` gets the reason.
Behaviour behaviour_by_code(const kernel::MemoryUse& use, const kernel::Field& field,
                            Behaviour guessed, std::string& why);

// Why an array of counts is none of a histogram, as the settings of the object are; empty where it
// may be one.
std::string why_no_histogram(const kernel::MemoryUse& use, const kernel::Field& array);

}  // namespace bpfmap::starter
