// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/event_key.h"

#include <algorithm>

#include "decode/decoders/field_shape.h"
#include "decode/decoders/registry.h"

namespace bpfmap::decode {

bool is_shown_as_text(const kernel::Field& field, const std::vector<config::DecoderConfig>& chain) {
  if (!is_byte_array(*field.type)) return false;
  const DecoderEntry* first = chain.empty() ? nullptr : find_decoder(chain.front().name.value);
  if (first != nullptr && first->first != nullptr) return first->name == "string";
  return field.type->element->kind == kernel::TypeKind::kChar;
}

void EventKey::add(const kernel::Field& field, const std::vector<config::DecoderConfig>& chain) {
  const bool is_bits = field.bit_size != 0;
  const std::uint64_t first = std::uint64_t{field.offset} * 8 + (is_bits ? field.bit_offset : 0);
  const std::uint64_t end =
      first + (is_bits ? field.bit_size : std::uint64_t{field.type->size} * 8);
  for (std::uint64_t bit = first; bit < end && bit / 8 < mask_.size(); ++bit) {
    mask_[bit / 8] |= std::byte{1} << bit % 8;
  }
  uses_.push_back({field.offset, field.type->size, is_shown_as_text(field, chain)});
}

std::vector<EventPlan::TextBytes> EventKey::texts() const {
  std::vector<EventPlan::TextBytes> texts;
  for (const Use& use : uses_) {
    if (use.as_text && is_nothing_else(use)) texts.push_back({use.offset, use.size});
  }
  return texts;
}

std::uint32_t EventKey::needed_end(std::uint32_t tail) const {
  std::uint32_t end = 0;
  for (const Use& use : uses_) {
    const bool may_be_cut = use.as_text && use.offset >= tail;
    end = std::max(end, may_be_cut ? use.offset : use.offset + use.size);
  }
  return end;
}

bool EventKey::is_nothing_else(const Use& text) const {
  for (const Use& use : uses_) {
    const bool apart =
        use.offset + use.size <= text.offset || text.offset + text.size <= use.offset;
    const bool same = use.as_text && use.offset == text.offset && use.size == text.size;
    if (!apart && !same) return false;
  }
  return true;
}

}  // namespace bpfmap::decode
