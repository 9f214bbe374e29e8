// SPDX-License-Identifier: Apache-2.0
#include "commands/starter/code.h"

#include <cstdint>
#include <set>

namespace bpfmap::commands::starter {
namespace {

using kernel::MemoryUse;
using kernel::TypeKind;

bool touches(const std::set<std::uint32_t>& offsets, const kernel::Field& field) {
  const auto first = offsets.lower_bound(field.offset);
  return first != offsets.end() && *first < field.offset + field.type->size;
}

bool touches_somewhere(const MemoryUse& use) {
  return use.grows.contains(MemoryUse::kSomewhere) || use.falls.contains(MemoryUse::kSomewhere) ||
         use.assigned.contains(MemoryUse::kSomewhere);
}

}  // namespace

std::string why_not_by_code(const MemoryUse& use, bool& may_do) {
  may_do = false;
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
  if (touches_somewhere(use) || guessed != Behaviour::kGrows) return guessed;
  if (touches(use.assigned, field)) {
    why = "programs overwrite it";
    return Behaviour::kMoves;
  }
  if (use.grows.empty() && use.falls.empty()) return guessed;
  why = "programs add to other fields only";
  return Behaviour::kName;
}

}  // namespace bpfmap::commands::starter
