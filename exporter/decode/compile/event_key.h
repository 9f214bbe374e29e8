// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/config.h"
#include "decode/event_plan.h"
#include "kernel/layout.h"

namespace bpfmap::decode {

// Whether a label of this field shows it as text, up to its first NUL.
bool is_shown_as_text(const kernel::Field& field, const std::vector<config::DecoderConfig>& chain);

// Collects what the labels of a map read of its events: all that the keys of the rows keep.
class EventKey {
 public:
  explicit EventKey(std::uint32_t event_size) : mask_(event_size) {}

  // A label that is made of this field by these decoders.
  void add(const kernel::Field& field, const std::vector<config::DecoderConfig>& chain);

  // The bits that labels read.
  const std::vector<std::byte>& mask() const { return mask_; }
  // The end of what labels read, of what is behind `tail` but text that may end earlier.
  std::uint32_t needed_end(std::uint32_t tail) const;
  // The bytes that every label shows as one and the same text, up to its first NUL.
  std::vector<EventPlan::TextBytes> texts() const;

 private:
  struct Use {
    std::uint32_t offset;
    std::uint32_t size;
    bool as_text;
  };
  bool is_nothing_else(const Use& text) const;

  std::vector<std::byte> mask_;
  std::vector<Use> uses_;
};

}  // namespace bpfmap::decode
