// SPDX-License-Identifier: Apache-2.0
#include "kernel/types/btf_layout.h"

#include <bpf/btf.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace bpfmap::kernel {
namespace {

// Longer chains of typedefs and qualifiers than any compiler makes; the kernel stops at 32.
constexpr int kLongestChain = 64;
constexpr std::uint32_t kPointerBytes = 8;  // of the BPF machine, whatever the host's are

// Structs of which user space receives zeroes (btf_get_field_type() in
// the kernel's kernel/bpf/btf.c).
constexpr std::array<std::string_view, 10> kPrivateStructs{
    "bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer",   "bpf_wq",       "bpf_list_head",
    "bpf_list_node", "bpf_rb_root",       "bpf_rb_node", "bpf_refcount", "bpf_task_work"};
// Tags of pointers into the kernel.
constexpr std::array<std::string_view, 5> kPrivatePointerTags{"kptr", "kptr_untrusted", "kptr_ref",
                                                              "percpu_kptr", "uptr"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

unexpected<Error> broken(const std::string& sentence) {
  return unexpected(Error{.kind = ErrorKind::kConfiguration,
                          .operation = "the object's BTF is broken: " + sentence});
}

std::shared_ptr<Type> make_type(TypeKind kind, std::string name, std::uint32_t size) {
  auto type = std::make_shared<Type>();
  type->kind = kind;
  type->name = std::move(name);
  type->size = size;
  return type;
}

// Numbers of a size that no machine word has are bytes: they can be shown, but not counted with.
TypePtr make_bytes(const std::string& name, std::uint32_t size) {
  auto bytes = make_type(TypeKind::kArray, name, size);
  bytes->element = make_type(TypeKind::kUnsigned, "unsigned char", 1);
  bytes->count = size;
  return bytes;
}

bool is_word(std::uint32_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

// The kernel's typedefs of numbers in network order (include/uapi/linux/types.h), whose int is
// an ordinary one.
constexpr std::array<std::string_view, 3> kBigEndianTypedefs{"__be16", "__be32", "__be64"};

TypePtr build_int(const btf_type& type, const std::string& own_name, const std::string& alias,
                  bool is_big_endian) {
  constexpr std::uint32_t kTwoWords = 16;  // __int128
  const std::string& name = alias.empty() ? own_name : alias;
  if (!is_word(type.size) && type.size != kTwoWords) return make_bytes(name, type.size);
  const std::uint8_t encoding = btf_int_encoding(&type);
  TypeKind kind = (encoding & BTF_INT_SIGNED) != 0 ? TypeKind::kSigned : TypeKind::kUnsigned;
  if ((encoding & BTF_INT_BOOL) != 0) kind = TypeKind::kBool;
  // clang says of a plain char only that it is signed; the name is what tells it from an int8_t.
  const bool is_char = own_name == "char" || (encoding & BTF_INT_CHAR) != 0;
  if (is_char && type.size == 1) kind = TypeKind::kChar;
  auto result = make_type(kind, name, type.size);
  result->is_signed = kind == TypeKind::kSigned;
  result->big_endian = is_big_endian && kind == TypeKind::kUnsigned && is_word(type.size);
  return result;
}

TypePtr build_float(const btf_type& type, const std::string& name) {
  if (type.size != sizeof(float) && type.size != sizeof(double)) return make_bytes(name, type.size);
  return make_type(TypeKind::kFloat, name, type.size);
}

// Whether an old compiler's enum is signed. Before LLVM 15 BTF did not say; an enum with small
// negative values (errno and -1) is, one whose highest bit is a flag is not.
bool looks_signed(const btf_type& type) {
  constexpr int kMostNegative = -4096;
  const struct btf_enum* values = btf_enum(&type);
  return std::any_of(values, values + btf_vlen(&type), [](const struct btf_enum& value) {
    return value.val < 0 && value.val >= kMostNegative;
  });
}

// In BTF of compilers that predate "kind_flag" the width of a bitfield is in its integer type.
std::uint32_t old_style_bits(const btf_type& type) {
  if (btf_kind(&type) != BTF_KIND_INT) return 0;
  const std::uint32_t bits = btf_int_bits(&type);
  return bits == type.size * 8 ? 0 : bits;
}

}  // namespace

std::string BtfLayout::text(std::uint32_t offset) const {
  const char* found = btf__name_by_offset(btf_, offset);
  return found == nullptr ? std::string() : std::string(found);
}

const btf_type* BtfLayout::raw(std::uint32_t id) const {
  return id == 0 ? nullptr : btf__type_by_id(btf_, id);
}

std::string BtfLayout::name_of(std::uint32_t id) const {
  const btf_type* found = raw(id);
  return found == nullptr ? std::string() : text(found->name_off);
}

// Removes what does not change the layout. `alias` becomes the outermost typedef's name, `id` that
// of what is left.
Result<const btf_type*> BtfLayout::strip(std::uint32_t& id, Typedefs& typedefs) const {
  for (int steps = 0; steps < kLongestChain; ++steps) {
    const btf_type* type = raw(id);
    if (type == nullptr) return broken("type " + std::to_string(id) + " does not exist or is void");
    if (!btf_is_mod(type) && !btf_is_typedef(type)) return type;
    if (btf_is_typedef(type)) {
      const std::string name = text(type->name_off);
      typedefs.big_endian = typedefs.big_endian || contains(kBigEndianTypedefs, name);
      if (typedefs.alias.empty()) typedefs.alias = name;
    }
    id = type->type;
  }
  return broken("a chain of typedefs has no end");
}

Result<TypePtr> BtfLayout::type(std::uint32_t id) {
  Result<Known> known = convert(id, 0);
  if (!known) return unexpected(std::move(known.error()));
  return known->type;
}

Result<BtfLayout::Known> BtfLayout::convert(std::uint32_t id, int depth) {
  if (const auto found = known_.find(id); found != known_.end()) return found->second;
  if (depth > kDeepest) return broken("types are nested too deep");
  std::uint32_t stripped = id;
  Typedefs typedefs;
  Result<const btf_type*> type = strip(stripped, typedefs);
  if (!type) return unexpected(std::move(type.error()));
  Result<Known> result = build(**type, stripped, typedefs, depth);
  if (result && result->parts > kMostParts) {
    return broken(result->type->name + " has more than " + std::to_string(kMostParts) + " parts");
  }
  if (result) known_.emplace(id, *result);
  return result;
}

Result<BtfLayout::Known> BtfLayout::build(const btf_type& type, std::uint32_t id,
                                          const Typedefs& typedefs, int depth) {
  const std::string own_name = text(type.name_off);
  const std::string& alias = typedefs.alias;
  const std::string& name = alias.empty() ? own_name : alias;
  switch (btf_kind(&type)) {
    case BTF_KIND_INT: return Known{build_int(type, own_name, alias, typedefs.big_endian)};
    case BTF_KIND_FLOAT: return Known{build_float(type, name)};
    case BTF_KIND_ENUM:
    case BTF_KIND_ENUM64:
      if (!is_word(type.size)) return broken("enum " + name + " has a strange size");
      return Known{build_enum(type, alias)};
    case BTF_KIND_PTR: return Known{build_pointer(type, alias)};
    case BTF_KIND_ARRAY: return build_array(type, alias, depth);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: {
      if (!open_.insert(id).second) return broken(own_name + " contains itself");
      Result<Known> result = build_composite(type, alias, depth);
      open_.erase(id);
      return result;
    }
    case BTF_KIND_FWD: return broken(name + " is declared, but not defined");
    default: return broken("type " + std::to_string(id) + " (" + name + ") is no type of data");
  }
}

TypePtr BtfLayout::build_enum(const btf_type& type, const std::string& alias) const {
  const std::string own_name = text(type.name_off);
  const std::string tagged = own_name.empty() ? "enum (anonymous)" : "enum " + own_name;
  auto result = make_type(TypeKind::kEnum, alias.empty() ? tagged : alias, type.size);
  const bool wide = btf_is_enum64(&type);
  result->is_signed = btf_kflag(&type) || (!wide && looks_signed(type));
  result->enumerators.reserve(btf_vlen(&type));
  for (std::uint32_t i = 0; i < btf_vlen(&type); ++i) {
    Enumerator enumerator;
    if (wide) {
      // struct btf_enum64 (name, low half, high half) is missing from older headers; see
      // btf.h of libbpf.
      const auto* words = static_cast<const std::uint32_t*>(static_cast<const void*>(&type + 1));
      const std::size_t at = std::size_t{i} * 3;
      enumerator.name = text(words[at]);
      enumerator.value = std::uint64_t{words[at + 2]} << 32 | words[at + 1];
    } else {
      const struct btf_enum& value = btf_enum(&type)[i];
      enumerator.name = text(value.name_off);
      enumerator.value = result->is_signed ? static_cast<std::uint64_t>(std::int64_t{value.val})
                                           : std::uint64_t{static_cast<std::uint32_t>(value.val)};
    }
    result->enumerators.push_back(std::move(enumerator));
  }
  return result;
}

// A pointer's target is of no interest (it may be a loop), but for its name and its tags.
TypePtr BtfLayout::build_pointer(const btf_type& type, const std::string& alias) const {
  TypeKind kind = TypeKind::kPointer;
  const btf_type* target = raw(type.type);
  std::string target_name = "void";
  for (int steps = 0; target != nullptr && steps < kLongestChain; ++steps) {
    if (btf_is_type_tag(target) && contains(kPrivatePointerTags, text(target->name_off))) {
      kind = TypeKind::kKernelPrivate;
    }
    if (!btf_is_mod(target)) {
      const std::string name = text(target->name_off);
      target_name = name.empty() ? "(anonymous)" : name;
      if (btf_is_struct(target)) target_name.insert(0, "struct ");
      if (btf_is_union(target)) target_name.insert(0, "union ");
      break;
    }
    target = raw(target->type);
  }
  return make_type(kind, alias.empty() ? target_name + " *" : alias, kPointerBytes);
}

Result<BtfLayout::Known> BtfLayout::build_array(const btf_type& type, const std::string& alias,
                                                int depth) {
  const struct btf_array* array = btf_array(&type);
  Result<Known> element = convert(array->type, depth + 1);
  if (!element) return element;
  const std::uint64_t size = std::uint64_t{element->type->size} * array->nelems;
  if (size > std::numeric_limits<std::uint32_t>::max() / 8) {
    return broken("an array of " + std::to_string(array->nelems) + " " + element->type->name +
                  " is too large");
  }
  const auto result = std::make_shared<Type>(*array_of(element->type, array->nelems));
  if (!alias.empty()) result->name = alias;
  return Known{result, element->parts + 1};
}

Result<BtfLayout::Known> BtfLayout::build_composite(const btf_type& type, const std::string& alias,
                                                    int depth) {
  const bool is_struct = btf_is_struct(&type);
  const std::string own_name = text(type.name_off);
  const std::string keyword = is_struct ? "struct " : "union ";
  const std::string tagged = keyword + (own_name.empty() ? "(anonymous)" : own_name);
  if (type.size > std::numeric_limits<std::uint32_t>::max() / 8) {
    return broken(tagged + " is too large");
  }
  if (is_struct && contains(kPrivateStructs, own_name)) {
    return Known{make_type(TypeKind::kKernelPrivate, tagged, type.size)};
  }
  auto result = make_type(is_struct ? TypeKind::kStruct : TypeKind::kUnion,
                          alias.empty() ? tagged : alias, type.size);
  std::uint64_t parts = 1;
  for (std::uint32_t i = 0; i < btf_vlen(&type); ++i) {
    Result<Member> member = build_member(type, i, depth, parts);
    if (!member) return unexpected(std::move(member.error()));
    const std::uint64_t bits =
        member->bit_size > 0 ? member->bit_size : std::uint64_t{member->type->size} * 8;
    if (member->bit_offset + bits > std::uint64_t{type.size} * 8) {
      return broken("member '" + member->name + "' reaches beyond " + tagged);
    }
    result->members.push_back(std::move(*member));
  }
  return Known{result, parts};
}

Result<Member> BtfLayout::build_member(const btf_type& composite, std::uint32_t index, int depth,
                                       std::uint64_t& parts) {
  const btf_member& raw_member = btf_members(&composite)[index];
  Result<Known> known = convert(raw_member.type, depth + 1);
  if (!known) return unexpected(std::move(known.error()));
  parts += known->parts;
  Member member;
  member.name = text(raw_member.name_off);
  member.type = known->type;
  member.bit_offset = btf_member_bit_offset(&composite, index);
  member.bit_size = btf_member_bitfield_size(&composite, index);
  if (!btf_kflag(&composite)) {
    std::uint32_t id = raw_member.type;
    Typedefs unused;
    const Result<const btf_type*> stripped = strip(id, unused);
    member.bit_size = stripped ? old_style_bits(**stripped) : 0;
    if (member.bit_size > 0) member.bit_offset += btf_int_offset(*stripped);
  }
  if (member.bit_size > 0 &&
      (!member.type->is_scalar() || member.bit_size > member.type->size * 8)) {
    return broken("bitfield '" + member.name + "' is no integer");
  }
  if (member.bit_size == 0 && member.bit_offset % 8 != 0) {
    return broken("member '" + member.name + "' does not begin at a byte");
  }
  return member;
}

Result<std::vector<BtfVariable>> BtfLayout::variables(std::uint32_t section_id) {
  const btf_type* section = raw(section_id);
  if (section == nullptr || !btf_is_datasec(section)) {
    return broken("type " + std::to_string(section_id) + " is no data section");
  }
  std::vector<BtfVariable> variables;
  for (std::uint32_t i = 0; i < btf_vlen(section); ++i) {
    const btf_var_secinfo& info = btf_var_secinfos(section)[i];
    const btf_type* variable = raw(info.type);
    if (variable == nullptr || !btf_is_var(variable)) {
      return broken(text(section->name_off) + " contains something that is no variable");
    }
    Result<TypePtr> type = this->type(variable->type);
    if (!type) return unexpected(std::move(type.error()));
    variables.push_back({text(variable->name_off), std::move(*type), info.offset});
  }
  std::sort(variables.begin(), variables.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  return variables;
}

}  // namespace bpfmap::kernel
