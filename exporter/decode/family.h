// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "config/config.h"
#include "decode/key_coverage.h"
#include "decode/label_program.h"
#include "exposition/body.h"
#include "kernel/map_reader.h"

namespace bpfmap::decode {

using Rows = std::span<const kernel::RowBlock>;

// What the families of a map have in common: where its values lie, and what a metric's samples are
// called.
struct FamilyFrame {
  std::string name;    // with the prefix
  std::string header;  // the # HELP and # TYPE lines
  LabelProgram labels;
  KeyCoverage coverage;
  std::uint32_t cpus = 1;
  std::uint32_t cpu_stride = 0;
  bool skip_zero = false;

  // CPUs whose values become series of their own (1: they are combined).
  std::uint32_t cpu_series() const { return labels.has_cpu() ? cpus : 1; }
};

// Calls visit(key, value) for every row.
template <typename Visit>
void for_each_row(Rows rows, Visit&& visit) {
  for (const kernel::RowBlock& block : rows) {
    for (std::uint32_t row = 0; row < block.count(); ++row) visit(block.key(row), block.value(row));
  }
}

}  // namespace bpfmap::decode
