// SPDX-License-Identifier: Apache-2.0
#include "decode/field_lookup.h"

#include <memory>
#include <utility>

#include "base/suggest.h"

namespace bpfmap::decode {
namespace {

// A type that says another size than the map's rows have would make decoders read beyond them.
kernel::TypePtr type_or_number(const kernel::TypePtr& type, std::uint32_t size) {
  if (type != nullptr && type->size == size) return type;
  switch (size) {
    case 1: return kernel::explicit_type("u8");
    case 2: return kernel::explicit_type("u16");
    case 4: return kernel::explicit_type("u32");
    case 8: return kernel::explicit_type("u64");
    default: return nullptr;
  }
}

kernel::TypePtr raw_bytes(std::uint32_t size) {
  kernel::Type bytes = *kernel::array_of(kernel::explicit_type("u8"), size);
  bytes.is_raw = true;
  return std::make_shared<const kernel::Type>(std::move(bytes));
}

// The type that `offset`, `size`, `type` describe: one scalar, or an array where `size` has
// room for more.
kernel::TypePtr explicit_field_type(const config::FieldRef& reference,
                                    config::Diagnostics& diagnostics) {
  const config::ExplicitField& bytes = *reference.bytes;
  const bool is_text = bytes.type == "char";
  const bool is_bytes = bytes.type == "bytes";
  const kernel::TypePtr scalar = kernel::explicit_type(is_bytes ? "u8" : bytes.type);
  if (scalar == nullptr) {
    std::vector<std::string> names = kernel::explicit_type_names();
    names.emplace_back("bytes");
    diagnostics.error(reference.at,
                      "unknown type '" + bytes.type + "'" + suggestion(bytes.type, names));
    return nullptr;
  }
  if (!bytes.size && (is_text || is_bytes)) {
    // A file that says so is refused already when it is read.
    if (diagnostics.has_error_at(reference.at)) return nullptr;
    diagnostics.error(reference.at, "type " + bytes.type + " needs a size, in bytes");
    return nullptr;
  }
  const std::uint32_t size = bytes.size.value_or(scalar->size);
  if (size == 0 || size % scalar->size != 0) {
    diagnostics.error(reference.at, "size " + std::to_string(size) + " is no multiple of the " +
                                        std::to_string(scalar->size) + " bytes of " + bytes.type);
    return nullptr;
  }
  if (is_bytes) return raw_bytes(size);
  const bool is_array = is_text || size > scalar->size;
  return is_array ? kernel::array_of(scalar, size / scalar->size) : scalar;
}

}  // namespace

Whole key_of(const kernel::MapInfo& map) {
  return {map.name, map.key_role, map.shape.key_size, type_or_number(map.key, map.shape.key_size)};
}

Whole value_of(const kernel::MapInfo& map) {
  return {map.name, "value", map.shape.value_size, type_or_number(map.value, map.shape.value_size)};
}

std::optional<kernel::Field> find_field(const config::FieldRef& reference, const Whole& whole,
                                        config::Diagnostics& diagnostics) {
  if (reference.bytes) {
    kernel::TypePtr type = explicit_field_type(reference, diagnostics);
    if (type == nullptr) return std::nullopt;
    const std::uint64_t end = std::uint64_t{reference.bytes->offset} + type->size;
    if (end > whole.size) {
      diagnostics.error(reference.at, "bytes " + std::to_string(reference.bytes->offset) + " to " +
                                          std::to_string(end - 1) + " lie beyond the " +
                                          std::to_string(whole.size) + " bytes of the " +
                                          whole.role + " of map '" + whole.map + "'");
      return std::nullopt;
    }
    return kernel::Field{"bytes", std::move(type), reference.bytes->offset, 0, 0};
  }
  if (whole.type == nullptr) {
    diagnostics.error(reference.at,
                      "the " + whole.role + " of map '" + whole.map + "' (" +
                          std::to_string(whole.size) +
                          " bytes) has no BTF: name its parts by offset, size and type");
    return std::nullopt;
  }
  auto field = kernel::resolve_field(whole.type, reference.path, whole.role);
  if (!field) {
    diagnostics.error(reference.at,
                      whole.role + " of map '" + whole.map + "': " + field.error().message());
    return std::nullopt;
  }
  return *std::move(field);
}

std::string quoted_list(const std::vector<std::string>& words) {
  constexpr std::size_t kMost = 12;
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i == kMost) return text + ", ...";
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += "'" + words[i] + "'";
  }
  return text;
}

}  // namespace bpfmap::decode
