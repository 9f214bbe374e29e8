// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "decode/field_lookup.h"
#include "kernel/map_info.h"
#include "starter/label_draft.h"

namespace bpfmap::starter {

// The labels of a key: one for each of its fields, but for `slot`, the path of the field that says
// in which bucket of a histogram a row is counted ("" where none does). A key without BTF is one
// label of bytes. `map` is the name of the map, which may tell what a key without a name is.
std::vector<LabelDraft> labels_of(const std::string& map, const decode::Whole& key,
                                  const std::string& slot, const KeyFacts& code = {});

// The labels of the keys of an LPM trie: addresses are shown with the length of their prefix.
std::vector<LabelDraft> labels_of_trie(const kernel::MapInfo& rows);

// "    labels: ..." and a line for each, or `{}`.
std::string labels_yaml(const std::vector<LabelDraft>& labels);

}  // namespace bpfmap::starter
