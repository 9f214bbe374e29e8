// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "config/config.h"
#include "decode/field_lookup.h"
#include "kernel/map_reader.h"

namespace bpfmap::decode {

// What labels are made of that lies in the values of a map: bytes that are put behind the key of
// each row, so that all else - merging, totals, limits - tells rows apart by them as by any part of
// the key. Immutable; any thread.
class ValueLabels {
 public:
  // One label's part of the value.
  struct Part {
    std::uint32_t offset = 0;  // in the value
    std::uint32_t size = 0;
    bool is_text = false;              // what is behind its first NUL means nothing
    std::vector<std::byte> mask = {};  // of a bitfield, whose bytes hold others, too
  };

  void add(Part part);
  bool empty() const { return parts_.empty(); }
  std::uint32_t bytes() const { return bytes_; }  // of all parts

  // Writes bytes() at `out`, from row number `row`. Of a row with a value for each CPU it is the
  // first CPU's where any of the parts is not zero: a program writes what a label is made of where
  // it runs, and the values of other CPUs are zero or the same.
  void write(const kernel::RowBlock& rows, std::uint32_t row, std::byte* out) const;

 private:
  bool are_zero(const std::byte* value) const;

  std::vector<Part> parts_;
  std::uint32_t bytes_ = 0;
};

// A map whose labels from the value are ones of a longer key.
struct LabelledByValue {
  config::MapConfig map;
  kernel::MapInfo rows;  // of the rows that have the parts behind their keys
  ValueLabels labels;
};

// Takes the labels of the value that `map` lists to the key. What is wrong with them is reported,
// and the label left out. Where there are none, map and rows are what they were.
LabelledByValue label_by_value(const config::MapConfig& map, const kernel::MapInfo& rows,
                               config::Diagnostics& diagnostics);

// The field that a label of the value names, in a value or an event. Reports one that is not there,
// and how a constant is written, which was the meaning of `value` once.
std::optional<kernel::Field> find_value_label(const config::LabelConfig& label, const Whole& whole,
                                              config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
