// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
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
  bool skip_zero = false;
};

// What becomes one sample of a row: the values of all its CPUs, combined, or that of a single one
// where there is a label for it.
struct RowPart {
  const std::byte* key;
  const std::byte* value;    // of the first CPU
  std::uint32_t cpu;         // of the label
  std::uint32_t cpus;        // values to combine
  std::uint32_t cpu_stride;  // bytes from one value to the next
  bool is_rest;              // see RowBlock
};

// Writes the labels of the sample that `part` becomes; null where it becomes none.
inline char* write_labels(const LabelProgram& labels, const RowPart& part, char* out,
                          DecodeState& state) {
  return part.is_rest ? labels.write_rest(out) : labels.write(part.key, part.cpu, out, state);
}

// Rows that stand for many keys may share their labels with a row that is really called so.
inline bool has_rest(Rows rows) {
  return std::any_of(rows.begin(), rows.end(), [](const auto& block) { return block.is_rest(); });
}

// Calls visit(RowPart) for everything that may become a sample, until it returns false.
template <typename Visit>
void for_each_part(Rows rows, bool cpus_apart, Visit&& visit) {
  for (const kernel::RowBlock& block : rows) {
    const std::uint32_t cpus = block.cpus();
    const std::uint32_t stride = block.cpu_stride();
    for (std::uint32_t row = 0; row < block.count(); ++row) {
      const std::byte* value = block.value(row);
      if (!cpus_apart) {
        if (!visit(RowPart{block.key(row), value, 0, cpus, stride, block.is_rest()})) return;
        continue;
      }
      for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
        const RowPart part{block.key(row), value + std::size_t{cpu} * stride, cpu, 1, stride,
                           block.is_rest()};
        if (!visit(part)) return;
      }
    }
  }
}

}  // namespace bpfmap::decode
