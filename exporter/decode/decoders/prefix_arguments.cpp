// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <utility>

#include "decode/decoders/arguments.h"
#include "decode/decoders/builders.h"
#include "decode/decoders/prefix.h"
#include "decode/field_lookup.h"
#include "kernel/map_types.h"

// The decoder `prefix`:
//   of the key of an LPM trie, of any struct that begins with the length as a u32, or of an address
//   in the key of such a trie; elsewhere of an address, with `prefix: { length: FIELD }`
namespace bpfmap::decode {
namespace {

bool is_in_trie(const Request& request) {
  return request.map != nullptr && kernel::is_lpm_trie(request.map->shape.type);
}

NumberSource length_at(std::uint32_t offset) {
  return *NumberSource::of({"", kernel::explicit_type("u32"), offset, 0, 0});
}

bool begins_with_length(const kernel::Type& type) {
  if (type.kind != kernel::TypeKind::kStruct || type.members.empty()) return false;
  const kernel::Member& first = type.members.front();
  return first.bit_offset == 0 && first.bit_size == 0 && first.type->size == kPrefixLengthBytes &&
         first.type->is_scalar() && is_integer(*first.type);
}

// Whether the field holds the length and what is behind it; a trie's key always does.
bool is_whole(const Request& request) {
  const kernel::Field& field = request.field;
  if (is_in_trie(request) && field.offset == 0) return true;
  return begins_with_length(*field.type) &&
         kernel::address_of(*field.type) == kernel::Address::kNone;
}

std::optional<AddressPrefix> prefix_of_whole(const Request& request, bool has_length) {
  const std::uint32_t size = request.field.type->size;
  if (has_length) {
    request.fail(describe(request.field) + " begins with the length itself; leave 'length' out");
    return std::nullopt;
  }
  if (size > kPrefixLengthBytes && is_address_size(size - kPrefixLengthBytes)) {
    const std::uint32_t offset = request.field.offset;
    return AddressPrefix{length_at(offset), 0, offset + kPrefixLengthBytes,
                         size - kPrefixLengthBytes};
  }
  request.fail(needs(request, "4 bytes of length and an address of 4 or 16 bytes") +
               size_in_words(request.field) +
               "; name the address in it, by 'field:' or by offset, size and type");
  return std::nullopt;
}

std::optional<NumberSource> named_length(const Request& request, const config::Tree& path) {
  if (request.map == nullptr) return std::nullopt;
  const config::FieldRef reference{path.at, path.scalar, std::nullopt};
  const auto field = find_field(reference, key_of(*request.map), request.diagnostics);
  if (!field) return std::nullopt;
  const auto numbers = numbers_of(*field);
  if (numbers && !numbers->is_array && is_integer(*numbers->scalar)) return numbers->source;
  request.fail_at(path.at,
                  "'length' is a field that is an integer, which " + describe(*field) + " is not");
  return std::nullopt;
}

// The bits of a trie's prefix begin behind its length, and may have others before the address.
std::uint32_t bits_before(const Request& request, const NumberSource& length) {
  if (!is_in_trie(request) || length.offset() != 0) return 0;
  return (request.field.offset - kPrefixLengthBytes) * 8;
}

std::optional<AddressPrefix> prefix_of_address(const Request& request, const config::Tree* path) {
  const kernel::Field& field = request.field;
  const std::uint32_t size = field.type->size;
  if (!is_address_size(size) || !is_block_of(field, size)) {
    request.fail(needs(request, "an address of 4 or 16 bytes") + size_in_words(field));
    return std::nullopt;
  }
  if (path == nullptr && !is_in_trie(request)) {
    request.fail(
        "'prefix' needs the field that holds the length: 'prefix: {length: FIELD}' (only "
        "the keys of an lpm_trie begin with it)");
    return std::nullopt;
  }
  const auto length = path != nullptr ? named_length(request, *path) : length_at(0);
  if (!length) return std::nullopt;
  return AddressPrefix{*length, bits_before(request, *length), field.offset, size};
}

}  // namespace

std::optional<FirstStep> build_prefix(const Request& request) {
  Arguments arguments(request, {"length"});
  const config::Tree* length = arguments.text("length", "the field of the key that holds it");
  if (!arguments.is_good()) return std::nullopt;
  const auto prefix = is_whole(request) ? prefix_of_whole(request, length != nullptr)
                                        : prefix_of_address(request, length);
  if (!prefix) return std::nullopt;
  return FirstStep{*prefix, prefix->traits()};
}

}  // namespace bpfmap::decode
