// SPDX-License-Identifier: Apache-2.0
#include "kernel/layout.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

namespace bpfmap::kernel {
namespace {

struct ExplicitName {
  std::string_view name;
  TypeKind kind;
  std::uint32_t size;
  bool big_endian;
};

constexpr std::array<ExplicitName, 15> kExplicitNames{{
    {"u8", TypeKind::kUnsigned, 1, false},
    {"u16", TypeKind::kUnsigned, 2, false},
    {"u32", TypeKind::kUnsigned, 4, false},
    {"u64", TypeKind::kUnsigned, 8, false},
    {"s8", TypeKind::kSigned, 1, false},
    {"s16", TypeKind::kSigned, 2, false},
    {"s32", TypeKind::kSigned, 4, false},
    {"s64", TypeKind::kSigned, 8, false},
    {"be16", TypeKind::kUnsigned, 2, true},
    {"be32", TypeKind::kUnsigned, 4, true},
    {"be64", TypeKind::kUnsigned, 8, true},
    {"f32", TypeKind::kFloat, 4, false},
    {"f64", TypeKind::kFloat, 8, false},
    {"bool", TypeKind::kBool, 1, false},
    {"char", TypeKind::kChar, 1, false},
}};

// A type may be reached on many ways, each of which need not be looked at more than once.
bool find_spin_lock(const Type& type, std::unordered_set<const Type*>& seen) {
  if (!seen.insert(&type).second) return false;
  if (type.kind == TypeKind::kKernelPrivate) return type.name == "struct bpf_spin_lock";
  if (type.kind == TypeKind::kArray) return type.element && find_spin_lock(*type.element, seen);
  return std::any_of(type.members.begin(), type.members.end(), [&](const Member& member) {
    return member.type && find_spin_lock(*member.type, seen);
  });
}

}  // namespace

bool Type::is_scalar() const {
  return kind != TypeKind::kArray && kind != TypeKind::kKernelPrivate && !is_composite();
}

bool Type::is_text() const {
  return kind == TypeKind::kArray && element && element->kind == TypeKind::kChar;
}

bool has_spin_lock(const Type& type) {
  std::unordered_set<const Type*> seen;
  return find_spin_lock(type, seen);
}

TypePtr explicit_type(std::string_view name) {
  const auto* const found =
      std::find_if(kExplicitNames.begin(), kExplicitNames.end(),
                   [&](const ExplicitName& candidate) { return candidate.name == name; });
  if (found == kExplicitNames.end()) return nullptr;
  auto type = std::make_shared<Type>();
  type->kind = found->kind;
  type->name = found->name;
  type->size = found->size;
  type->big_endian = found->big_endian;
  type->is_signed = found->kind == TypeKind::kSigned;
  return type;
}

std::vector<std::string> explicit_type_names() {
  std::vector<std::string> names;
  names.reserve(kExplicitNames.size());
  for (const ExplicitName& candidate : kExplicitNames) names.emplace_back(candidate.name);
  return names;
}

TypePtr array_of(TypePtr element, std::uint32_t count) {
  auto type = std::make_shared<Type>();
  type->kind = TypeKind::kArray;
  // C writes the outer count first: an array of 2 arrays of 3 is u32[2][3].
  const std::size_t brackets = std::min(element->name.find('['), element->name.size());
  type->name = element->name.substr(0, brackets) + "[" + std::to_string(count) + "]" +
               element->name.substr(brackets);
  type->size = element->size * count;
  type->count = count;
  type->element = std::move(element);
  return type;
}

}  // namespace bpfmap::kernel
