// SPDX-License-Identifier: Apache-2.0
#include "decode/row_key.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "decode/field_lookup.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

constexpr const char* kKey = "key";

// Arrays in a map of maps may have other sizes than the one that describes them, where they
// were created so.
bool is_single(const kernel::MapShape& shape) {
  return kernel::is_array(shape.type) && shape.max_entries == 1 && !kernel::may_grow(shape);
}

}  // namespace

kernel::TypePtr key_or_bytes(const kernel::MapInfo& info) {
  const Whole key = key_of(info);
  if (key.type != nullptr) return key.type;
  return kernel::array_of(kernel::explicit_type("u8"), key.size);
}

kernel::MapInfo with_suffix(const kernel::MapInfo& info, const std::string& name,
                            const kernel::TypePtr& type) {
  const kernel::TypePtr key = key_or_bytes(info);
  kernel::Type whole;
  whole.kind = kernel::TypeKind::kStruct;
  whole.name = "the key of " + info.name;
  whole.size = info.shape.key_size + type->size;
  // Members of a struct without a name are found as if they stood here.
  if (!is_single(info.shape)) {
    const bool is_one = key->kind != kernel::TypeKind::kStruct ||
                        kernel::address_of(*key) != kernel::Address::kNone;
    whole.members.push_back({is_one ? kKey : "", key, 0, 0});
  }
  if (!name.empty()) whole.members.push_back({name, type, info.shape.key_size * 8, 0});
  kernel::MapInfo suffixed = info;
  suffixed.key = std::make_shared<const kernel::Type>(std::move(whole));
  suffixed.shape.key_size += type->size;
  // There are rows of several maps.
  suffixed.shape.max_entries = std::max(2U, suffixed.shape.max_entries);
  return suffixed;
}

kernel::TypePtr choice_of(const std::vector<std::string>& texts) {
  kernel::Type choice;
  choice.kind = kernel::TypeKind::kEnum;
  choice.name = kWhichMap;
  choice.size = sizeof(std::uint32_t);
  for (std::size_t i = 0; i < texts.size(); ++i) choice.enumerators.push_back({texts[i], i});
  return std::make_shared<const kernel::Type>(std::move(choice));
}

}  // namespace bpfmap::decode
