// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/starter/fields.h"
#include "decode/field_lookup.h"
#include "kernel/memory_use.h"
#include "kernel/object.h"

namespace bpfmap::commands::starter {

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

// The labels of a key: one for each of its fields, but for `slot`, the path of the field that says
// in which bucket of a histogram a row is counted ("" where none does). A key without BTF is one
// label of bytes. `map` is the name of the map, which may tell what a key without a name is.
std::vector<LabelDraft> labels_of(const std::string& map, const decode::Whole& key,
                                  const std::string& slot, const KeyFacts& code = {});

// The labels of the keys of an LPM trie: addresses are shown with the length of their prefix.
std::vector<LabelDraft> labels_of_trie(const kernel::MapInfo& rows);

// One label, of a field whose path no other label has.
LabelDraft label_of(const std::string& map, const UsableField& usable, const std::string& role);

// "    labels: ..." and a line for each, or `{}`.
std::string labels_yaml(const std::vector<LabelDraft>& labels);

}  // namespace bpfmap::commands::starter
