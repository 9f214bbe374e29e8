// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "decode/render/label_program.h"
#include "kernel/map_reader.h"

namespace bpfmap::decode {

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

// Calls visit(RowPart) for everything that may become a sample, until it returns false. Whether
// it never did.
template <typename Visit>
bool for_each_part(const kernel::RowBlock& rows, bool cpus_apart, Visit&& visit) {
  const std::uint32_t cpus = rows.cpus();
  const std::uint32_t stride = rows.cpu_stride();
  for (std::uint32_t row = 0; row < rows.count(); ++row) {
    const std::byte* value = rows.value(row);
    if (!cpus_apart) {
      if (!visit(RowPart{rows.key(row), value, 0, cpus, stride, rows.is_rest()})) return false;
      continue;
    }
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
      const RowPart part{rows.key(row), value + std::size_t{cpu} * stride, cpu, 1, stride,
                         rows.is_rest()};
      if (!visit(part)) return false;
    }
  }
  return true;
}

}  // namespace bpfmap::decode
