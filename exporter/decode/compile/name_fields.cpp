// SPDX-License-Identifier: Apache-2.0
#include "decode/name_fields.h"

#include <optional>
#include <string>
#include <vector>

namespace bpfmap::decode {
namespace {

using kernel::TypeKind;

std::uint32_t width_of(const std::string& type) {
  if (type == "u8" || type == "char" || type == "bytes") return 1;
  if (type == "u16") return 2;
  return type == "u32" ? 4 : 8;
}

std::optional<kernel::Field> leaf_at(const kernel::TypePtr& whole, const std::string& role,
                                     const config::ExplicitField& bytes) {
  if (whole == nullptr) return std::nullopt;
  const std::uint32_t size = bytes.size.value_or(width_of(bytes.type));
  for (kernel::Field& leaf : kernel::leaf_fields(whole, role)) {
    if (leaf.bit_size != 0 || leaf.offset != bytes.offset || leaf.type->size != size) continue;
    return std::move(leaf);
  }
  return std::nullopt;
}

bool is_array_of(const kernel::Type& type, TypeKind element) {
  return type.kind == TypeKind::kArray && type.element->kind == element && type.element->size == 1;
}

// These get the text that the type gives, where they stand first.
bool reads_text(const std::vector<config::DecoderConfig>& chain) {
  return chain.empty() || chain.front().name.value == "map" || chain.front().name.value == "regexp";
}

void put_first(const char* decoder, std::vector<config::DecoderConfig>& chain,
               config::Position at) {
  chain.insert(chain.begin(), config::DecoderConfig{{decoder, at}, {}});
}

// Whether a label that reads such bytes can read this field instead.
bool adopt(const kernel::Type& type, const config::ExplicitField& bytes,
           config::LabelConfig& label) {
  std::vector<config::DecoderConfig>& chain = label.decode;
  if (bytes.type == "char") {
    if (is_array_of(type, TypeKind::kChar)) return true;
    if (!is_array_of(type, TypeKind::kUnsigned)) return false;
    put_first("string", chain, label.name.at);
    return true;
  }
  if (bytes.type == "bytes") {
    return is_array_of(type, TypeKind::kUnsigned) || is_array_of(type, TypeKind::kChar);
  }
  // The bytes are a number of this machine, whatever BTF calls them.
  if (type.kind == TypeKind::kUnsigned) return !type.big_endian;
  if (bytes.size && type.kind == TypeKind::kArray) {
    return type.element->kind == TypeKind::kUnsigned && !type.element->big_endian &&
           type.element->size == width_of(bytes.type);
  }
  const bool is_number = type.kind == TypeKind::kBool || type.kind == TypeKind::kPointer ||
                         (type.kind == TypeKind::kEnum && !type.is_signed);
  if (!is_number) return false;
  if (reads_text(chain)) put_first("number", chain, label.name.at);
  return true;
}

// Plain numbers: buckets and values.
bool name_number(config::FieldRef& reference, const kernel::TypePtr& whole,
                 const std::string& role) {
  if (!reference.bytes) return true;
  const auto leaf = leaf_at(whole, role, *reference.bytes);
  if (!leaf || leaf->type->kind != TypeKind::kUnsigned || leaf->type->big_endian) return false;
  reference = {reference.at, leaf->path, std::nullopt};
  return true;
}

bool name_label(config::LabelConfig& label, const kernel::MapInfo& info) {
  if (!label.field.bytes) return true;
  const auto leaf = leaf_at(info.key, info.key_role, *label.field.bytes);
  if (!leaf || !adopt(*leaf->type, *label.field.bytes, label)) return false;
  label.field = {label.field.at, leaf->path, std::nullopt};
  return true;
}

}  // namespace

int name_fields(config::MapConfig& map, const kernel::MapInfo& info) {
  int unnamed = 0;
  for (config::LabelConfig& label : *map.labels) {
    if (!name_label(label, info)) ++unnamed;
  }
  for (config::MetricConfig& metric : map.metrics) {
    if (metric.bucket && !name_number(*metric.bucket, info.key, info.key_role)) ++unnamed;
    if (metric.value && !name_number(*metric.value, info.value, "value")) ++unnamed;
  }
  return unnamed;
}

}  // namespace bpfmap::decode
