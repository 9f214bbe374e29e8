// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernel/memory_use.h"
#include "starter/fields.h"

namespace bpfmap::starter {

// A label of a map, as far as a field's name and type tell.
struct LabelDraft {
  std::string name;      // empty where there is none but the comment
  std::string text;      // behind the colon, empty where the name says it all
  std::string why;       // for a comment, empty where there is nothing to say
  bool telling = false;  // there are few of them and people ask for them: what events are told by
};

// What the code of programs says of a key.
struct KeyFacts {
  const kernel::MemoryUse* use = nullptr;  // of its map; null where that is not known
  std::string stack_map;                   // the only one that holds stacks; empty where none does
};

// One label, of a field whose path no other label has.
LabelDraft label_of(const std::string& map, const UsableField& usable, const std::string& role);

}  // namespace bpfmap::starter
