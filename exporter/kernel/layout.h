// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// How the bytes of a map's key or value are laid out: a copy of what BTF says
// (Documentation/bpf/btf.rst of the kernel), free of libbpf, so that plans can be compiled and
// tested without an object. Immutable and shared; safe to read from any thread.
namespace bpfmap::kernel {

enum class TypeKind {
  kUnsigned,
  kSigned,
  kBool,
  kChar,   // C's plain `char`: text, where an array of it
  kFloat,  // float and double
  kEnum,
  kPointer,  // a number without a target
  kArray,
  kStruct,
  kUnion,
  kKernelPrivate,  // bpf_spin_lock, bpf_timer and their like: user space sees zeroes, so no
                   // configuration may name them
};

struct Type;
using TypePtr = std::shared_ptr<const Type>;

struct Enumerator {
  std::string name;
  std::uint64_t value = 0;  // sign-extended where the enum is signed
};

struct Member {
  std::string name;  // empty for an anonymous struct or union
  TypePtr type;
  std::uint32_t bit_offset = 0;  // from the start of the enclosing type
  std::uint32_t bit_size = 0;    // 0 unless a bitfield
};

// Integers of 16 bytes (__int128) are numbers, which no machine word holds; other integers and
// floats without a machine word (long double) are arrays of unsigned char.
struct Type {
  TypeKind kind = TypeKind::kUnsigned;
  std::string name;         // "__u32", "struct key"; for messages
  std::uint32_t size = 0;   // bytes
  bool is_signed = false;   // of an enum
  bool big_endian = false;  // __be16 and its like by the typedef's name; or be16, named by hand
  // An array of bytes that was named by hand as `bytes`: nothing says that they are not a number.
  bool is_raw = false;
  std::vector<Enumerator> enumerators;  // kEnum
  std::vector<Member> members;          // kStruct, kUnion
  TypePtr element;                      // kArray
  std::uint32_t count = 0;              // kArray

  bool is_scalar() const;
  bool is_composite() const { return kind == TypeKind::kStruct || kind == TypeKind::kUnion; }
  bool is_text() const;  // an array of plain char
};

// What addresses of the network are by their type: struct in_addr and struct in6_addr, whatever
// typedef they come by, and unions of 16 bytes whose members are all views of one IPv6 address
// (arrays of u8, be32 or u64, struct in6_addr), or of an IPv4 one as well (kEither: be32, struct
// in_addr). Unions of such arrays may hold anything: only those count where a type or a name (of a
// member, or `name`, that of the field) says what they are.
enum class Address { kNone, kIpv4, kIpv6, kEither };
Address address_of(const Type& type, std::string_view name = {});

// Whether a word of a name speaks of an address of the network: "saddr_v6", "u6_addr8", "ip".
bool means_address(std::string_view name);

// A part of a key or value.
struct Field {
  std::string path;  // "a.b[2]"; "" is the whole
  TypePtr type;
  std::uint32_t offset = 0;  // bytes from the start of key or value
  // Of a bitfield: bits above `offset`, counted from the least significant.
  std::uint32_t bit_offset = 0;
  // 0 unless a bitfield; a bitfield is read from the bytes that hold it.
  std::uint32_t bit_size = 0;
};

// Follows "a.b[2].c" through structs, unions and arrays; members of anonymous structs and unions
// are found as in C. The error says which part of the path failed and what was there (with a
// suggestion). `key` (or `value`) names the whole, unless a member of it is called so: pass it as
// `scalar_name`. An empty path is the whole, too. The whole sentence is the error's `operation`, so
// that message() can stand alone.
Result<Field> resolve_field(const TypePtr& whole, std::string_view path,
                            std::string_view scalar_name);

// The parts of a whole that hold data, in order: scalars, arrays and addresses (see address_of),
// with all other structs flattened ("a.b"). A union counts as one part (its members overlap), as
// kind kUnion; that of a union without a name is called after its members, "addr.(v4|v6)", which no
// path is. Padding, kernel-private parts and bitfields across nine bytes are left out. A whole that
// is no struct is one part, called `scalar_name`.
std::vector<Field> leaf_fields(const TypePtr& whole, std::string_view scalar_name);

// Paths a user could write, for suggestions: leaves, and the members of unions.
std::vector<std::string> field_paths(const TypePtr& whole, std::string_view scalar_name);

// Whether any part, at any depth, is a bpf_spin_lock.
bool has_spin_lock(const Type& type);

// The scalar of an explicit type name (u8..u64, s8..s64, be16, be32, be64, f32, f64, bool, char);
// null for an unknown name.
TypePtr explicit_type(std::string_view name);
std::vector<std::string> explicit_type_names();
TypePtr array_of(TypePtr element, std::uint32_t count);

}  // namespace bpfmap::kernel
