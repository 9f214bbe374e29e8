// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "kernel/memory_use.h"
#include "starter/words.h"

// What the code of programs says of numbers: in what they count, what they name.
namespace bpfmap::starter {

// Of times, by what they were divided by; nothing where they are none, or by something else.
std::optional<Unit> unit_of_origin(const kernel::NumberOrigin& origin);

// The same of what programs add to a place of a value, or put there.
std::optional<Unit> unit_by_code(const kernel::MemoryUse& use, std::uint32_t offset);

// What slots of a histogram hold, by how their numbers are computed.
struct SlotScale {
  std::string yaml;  // "scale: log2", "scale: linear_floor, step: 200"
  std::string why;
  std::optional<Unit> unit;
  bool is_index = false;  // the number itself: an array of counts may be anything
};
// `element` is the size of what is counted in, as far as the number is multiplied by it.
std::optional<SlotScale> scale_of_slots(const kernel::NumberOrigin& slot, std::uint32_t element);

// What a number is called that is nothing but that: "pid"; empty where nothing says so.
std::string name_of_meaning(kernel::Meaning meaning);

// The part of so many bytes at an offset; null where there is none.
const kernel::MemoryPart* part_at(const kernel::MemoryParts& parts, std::uint32_t offset,
                                  std::uint32_t size);

}  // namespace bpfmap::starter
