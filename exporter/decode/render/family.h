// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decode/render/key_coverage.h"
#include "decode/render/label_program.h"
#include "exposition/family.h"

namespace bpfmap::decode {

// What the families of a map have in common.
struct FamilyFrame {
  exposition::FamilyHead head;  // the name with the prefix
  LabelProgram labels;
  KeyCoverage coverage;
  bool skip_zero = false;
};

// What layouts need to know of the labels.
inline exposition::LabelSpace label_space(const LabelProgram& labels) {
  return {!labels.empty(), labels.max_bytes()};
}

}  // namespace bpfmap::decode
