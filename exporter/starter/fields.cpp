// SPDX-License-Identifier: Apache-2.0
#include "starter/fields.h"

#include <algorithm>
#include <string_view>

#include "starter/words.h"

namespace bpfmap::starter {
namespace {

using kernel::Type;
using kernel::TypeKind;

constexpr std::uint32_t kMostElementsOfLabels = 4;  // of an array of structs: each becomes labels
constexpr std::size_t kMostFields = 100;

// Padding that has a name.
bool is_filler(const std::string& path) {
  constexpr std::string_view kFillers[] = {"pad",    "padding", "reserved", "rsvd",
                                           "unused", "filler",  "spare",    "hole"};
  std::vector<std::string> words = words_of(path.substr(path.rfind('.') + 1));
  // "__pad2", "reserved[1]"
  for (std::string& word : words) word.resize(word.find_last_not_of("0123456789") + 1);
  std::erase(words, "");
  return !words.empty() && !first_of({words.front(), words.back()}, kFillers).empty();
}

std::string below(const std::string& path, const std::string& name) {
  return path.empty() || name.empty() ? path + name : path + "." + name;
}

class Collector {
 public:
  explicit Collector(const decode::Whole& whole) : whole_(whole) {}

  std::vector<UsableField> collect() {
    const bool by_member = whole_.type->is_composite() && !is_address(*whole_.type, whole_.role);
    add(*whole_.type, by_member ? std::string() : whole_.role, false);
    return std::move(fields_);
  }

 private:
  void add(const Type& type, const std::string& path, bool is_bitfield) {
    if (type.kind == TypeKind::kKernelPrivate || type.size == 0) return;
    if (fields_.size() >= kMostFields) return;
    if (is_bitfield || type.is_scalar() || is_address(type, path)) return add_leaf(path);
    if (type.kind == TypeKind::kStruct) return add_members(type, path);
    if (type.kind == TypeKind::kUnion) return add_one_of(type, path);
    type.element->is_scalar() ? add_leaf(path) : add_elements(type, path);
  }

  void add_leaf(const std::string& path) {
    if (is_filler(path)) return;
    auto field = kernel::resolve_field(whole_.type, path, whole_.role);
    if (field) fields_.push_back({*std::move(field), {}});
  }

  // What has no name is named by its members, be it an address or not.
  void add_member(const kernel::Member& member, const std::string& path) {
    if (!member.name.empty()) {
      return add(*member.type, below(path, member.name), member.bit_size != 0);
    }
    member.type->kind == TypeKind::kUnion ? add_one_of(*member.type, path)
                                          : add_members(*member.type, path);
  }

  void add_members(const Type& type, const std::string& path) {
    for (const kernel::Member& member : type.members) {
      if (member.name.empty() && !member.type->is_composite()) continue;  // padding
      add_member(member, path);
    }
  }

  void add_one_of(const Type& type, const std::string& path) {
    const std::size_t before = fields_.size();
    std::string others;
    for (const kernel::Member& member : type.members) {
      const std::string member_path = below(path, member.name);
      if (fields_.size() > before) {
        if (!member.name.empty()) others += (others.empty() ? "" : ", ") + member_path;
      } else {
        add_member(member, path);
      }
    }
    if (fields_.size() > before && !others.empty()) {
      fields_[before].note = "a union; the other members are " + others;
    }
  }

  void add_elements(const Type& type, const std::string& path) {
    const std::size_t before = fields_.size();
    const std::uint32_t count = std::min(type.count, kMostElementsOfLabels);
    for (std::uint32_t i = 0; i < count; ++i) {
      add(*type.element, path + "[" + std::to_string(i) + "]", false);
    }
    if (count < type.count && fields_.size() > before) {
      fields_[before].note = "the first " + std::to_string(count) + " of " +
                             std::to_string(type.count) + " elements of " + path;
    }
  }

  const decode::Whole& whole_;
  std::vector<UsableField> fields_;
};

}  // namespace

bool is_address(const Type& type, std::string_view name) {
  return kernel::address_of(type, name) != kernel::Address::kNone;
}

std::vector<UsableField> usable_fields(const decode::Whole& whole) {
  if (whole.type == nullptr) return {};
  return Collector(whole).collect();
}

}  // namespace bpfmap::starter
