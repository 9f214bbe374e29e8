// SPDX-License-Identifier: Apache-2.0
#include "starter/code.h"

#include <cstdint>
#include <set>

namespace bpfmap::starter {
namespace {

using kernel::MemoryUse;
using kernel::TypeKind;

bool touches(const std::set<std::uint32_t>& offsets, const kernel::Field& field) {
  const auto first = offsets.lower_bound(field.offset);
  return first != offsets.end() && *first < field.offset + field.type->size;
}

constexpr const char* kWrittenOtherwise =
    "programs write it with other settings of the object only (`globals`)";

bool touches_somewhere(const MemoryUse& use) {
  return use.grows.contains(MemoryUse::kSomewhere) || use.falls.contains(MemoryUse::kSomewhere) ||
         use.assigned.contains(MemoryUse::kSomewhere);
}

// A time since boot that programs put there.
Behaviour time_by_code(const kernel::NumberOrigin& origin, const kernel::Field& field,
                       std::string& why) {
  why = "programs put a time since boot there";
  const bool is_whole = origin == kernel::NumberOrigin{kernel::Meaning::kTime};
  if (is_whole && field.type->size == sizeof(std::uint64_t)) return Behaviour::kTimeStamp;
  why += ", which they have computed with";
  return Behaviour::kName;
}

}  // namespace

std::string why_not_by_code(const MemoryUse& use, bool& may_do) {
  may_do = false;
  if (use.used_otherwise) {
    return "programs do not use it while the settings of the object (`globals`) and the kernel are "
           "as "
           "they are";
  }
  if (use.escapes) return {};
  if (use.sent) return "programs put together in it what they send as events or into other maps";
  if (!use.is_written() && use.looked_up) {
    return "programs only look things up in it: user space is to fill it";
  }
  may_do = true;
  const bool adds_up = !use.grows.empty() || !use.falls.empty();
  if (use.deleted && !adds_up) {
    return "programs add nothing up in it and delete its entries: what is under way";
  }
  return {};
}

Behaviour behaviour_by_code(const MemoryUse& use, const kernel::Field& field, Behaviour guessed,
                            std::string& why) {
  if (use.escapes || field.bit_size != 0 || field.type->kind == TypeKind::kPointer) return guessed;
  if (touches(use.falls, field)) {
    why = "programs add to it and take from it";
    return Behaviour::kMoves;
  }
  if (touches(use.grows, field)) {
    why = "programs add to it";
    // What they add may be below zero.
    return field.type->kind == TypeKind::kUnsigned ? Behaviour::kGrows : Behaviour::kMoves;
  }
  if (const auto put = use.values.find(field.offset);
      put != use.values.end() && put->second.origin.meaning == kernel::Meaning::kTime) {
    return time_by_code(put->second.origin, field, why);
  }
  if (touches(use.written_otherwise, field) && !touches(use.assigned, field)) {
    why = kWrittenOtherwise;
    return Behaviour::kName;
  }
  if (touches_somewhere(use) || guessed != Behaviour::kGrows) return guessed;
  if (touches(use.assigned, field)) {
    why = "programs overwrite it";
    return Behaviour::kMoves;
  }
  if (use.grows.empty() && use.falls.empty()) return guessed;
  why = "programs add to other fields only";
  return Behaviour::kName;
}

std::string why_no_histogram(const MemoryUse& use, const kernel::Field& array) {
  if (use.escapes || !touches(use.written_otherwise, array)) return {};
  const bool is_written = use.counted_by.contains(array.offset) || touches(use.grows, array) ||
                          touches(use.assigned, array);
  return is_written ? std::string() : kWrittenOtherwise;
}

}  // namespace bpfmap::starter
