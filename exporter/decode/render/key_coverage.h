// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernel/layout.h"
#include "kernel/map_reader.h"

namespace bpfmap::decode {

// Whether some bit belongs to both fields of one whole.
bool share_bits(const kernel::Field& a, const kernel::Field& b);
// Whether they have all their bits in common.
bool have_same_bits(const kernel::Field& a, const kernel::Field& b);

// Answers whether two rows of a map can have equal labels: they cannot when injective labels cover
// every bit of the key that holds data, and padding - which holds whatever the BPF program left
// there - is the same in all rows. Only when they can, samples must be merged by their labels.
class KeyCoverage {
 public:
  // Without BTF (`key` null) every byte counts as data.
  KeyCoverage(std::uint32_t key_size, const kernel::TypePtr& key);

  // Every value of the field is told apart by a label.
  void cover(const kernel::Field& field);

  // Data that no label tells apart: rows may have to be merged, whatever they hold.
  bool leaves_data() const;

  // Whether the bytes of the padding are the same in all rows, and as in the key `like`, which is
  // set to the first one where it is null: for block after block of one walk.
  bool padding_is_uniform(const kernel::RowBlock& rows, const std::byte*& like) const;

 private:
  struct PaddingByte {
    std::uint32_t offset;
    std::byte mask;
  };

  std::vector<std::byte> uncovered_;  // a bit set: data that no label covers
  std::vector<PaddingByte> padding_;
};

}  // namespace bpfmap::decode
