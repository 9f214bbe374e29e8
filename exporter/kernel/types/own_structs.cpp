// SPDX-License-Identifier: Apache-2.0
#include "kernel/types/own_structs.h"

#include <bpf/btf.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "kernel/elf/raw_bytes.h"

namespace bpfmap::kernel {
namespace {

using Bytes = std::span<const std::byte>;

// Of a record in .BTF.ext, see bpf_core_relo_kind: the id of a type of the object itself, which
// nothing of the kernel stands for.
constexpr std::uint32_t kTypeIdLocal = 6;

// Ids of types that something leads to: through members, elements and modifiers, and through
// pointers if asked.
class Reached {
 public:
  Reached(const btf* types, bool through_pointers)
      : types_(types), through_pointers_(through_pointers), is_(btf__type_cnt(types)) {}

  // Less what `except` has.
  void add(std::uint32_t id, const Reached* except = nullptr) {
    std::vector<std::uint32_t> open{id};
    while (!open.empty()) {
      const std::uint32_t next = open.back();
      open.pop_back();
      if (next == 0 || next >= is_.size() || is_[next]) continue;
      if (except != nullptr && except->has(next)) continue;
      is_[next] = true;
      push_parts(*btf__type_by_id(types_, next), open);
    }
  }

  bool has(std::uint32_t id) const { return id < is_.size() && is_[id]; }

 private:
  void push_parts(const btf_type& type, std::vector<std::uint32_t>& open) const {
    if (btf_is_composite(&type)) {
      const btf_member* member = btf_members(&type);
      for (std::uint32_t i = 0; i < btf_vlen(&type); ++i) open.push_back(member[i].type);
    } else if (btf_is_array(&type)) {
      open.push_back(btf_array(&type)->type);
    } else if (btf_is_mod(&type) || btf_is_typedef(&type) ||
               (btf_is_ptr(&type) && through_pointers_)) {
      open.push_back(type.type);
    }
  }

  const btf* types_;
  bool through_pointers_;
  std::vector<bool> is_;
};

// Calls visit(type, kind) for each CO-RE relocation.
template <typename Visit>
void for_each_relocation(Bytes ext, Visit&& visit) {
  constexpr std::size_t kTable = 24;  // in the header, of the table's offset and length
  constexpr std::size_t kRecord = 16;
  if (ext.size() < kTable + 8) return;
  const auto header = read_at<std::uint32_t>(ext, 4);
  const auto offset = read_at<std::uint32_t>(ext, kTable);
  const auto length = read_at<std::uint32_t>(ext, kTable + 4);
  // Old compilers have a shorter header.
  if (header < kTable + 8 || length < 4 ||
      !is_within(ext.size(), std::uint64_t{header} + offset, length)) {
    return;
  }
  Bytes rest = ext.subspan(std::size_t{header} + offset, length);
  const auto size = read_at<std::uint32_t>(rest, 0);
  rest = rest.subspan(4);
  while (size >= kRecord && rest.size() >= 8) {
    const std::uint64_t count = read_at<std::uint32_t>(rest, 4);
    rest = rest.subspan(8);
    if (count > rest.size() / size) return;
    for (std::uint64_t i = 0; i < count; ++i) {
      visit(read_at<std::uint32_t>(rest, i * size + 4),
            read_at<std::uint32_t>(rest, i * size + 12));
    }
    rest = rest.subspan(count * size);
  }
}

class Origins {
 public:
  Origins(const btf* types, Bytes ext, const std::set<std::string>& programs)
      : types_(types), kernel_(types, true), own_(types, false) {
    for_each_relocation(ext, [this](std::uint32_t type, std::uint32_t kind) {
      if (kind != kTypeIdLocal) kernel_.add(type);
    });
    for_each_function([&](const btf_type& function) {
      const bool is_kernels = btf_vlen(&function) == BTF_FUNC_EXTERN;
      if (is_kernels || programs.contains(name_of(function))) add_parameters(function, kernel_);
    });
    add_variables(/*of_kernel=*/true);
    for_each_relocation(ext, [this](std::uint32_t type, std::uint32_t kind) {
      if (kind == kTypeIdLocal) own_.add(type);
    });
    for_each_function([&](const btf_type& function) {
      if (!programs.contains(name_of(function))) add_pointees(function);
    });
    add_variables(/*of_kernel=*/false);
  }

  bool is_own(std::uint32_t id) const { return own_.has(id); }

 private:
  std::string name_of(const btf_type& type) const {
    const char* name = btf__name_by_offset(types_, type.name_off);
    return name == nullptr ? std::string() : name;
  }
  const btf_type* type(std::uint32_t id) const { return btf__type_by_id(types_, id); }

  template <typename Visit>
  void for_each_function(Visit&& visit) const {
    for (std::uint32_t id = 1; id < btf__type_cnt(types_); ++id) {
      if (btf_is_func(type(id))) visit(*type(id));
    }
  }

  // Behind typedefs and the like.
  std::uint32_t bare(std::uint32_t id) const {
    const btf_type* at = type(id);
    for (int depth = 0; at != nullptr && depth < 64 && (btf_is_mod(at) || btf_is_typedef(at));
         ++depth) {
      id = at->type;
      at = type(id);
    }
    return id;
  }
  // What a pointer points at; 0 where it is none.
  std::uint32_t pointee(std::uint32_t id) const {
    const btf_type* at = type(bare(id));
    return at != nullptr && btf_is_ptr(at) ? bare(at->type) : 0;
  }

  template <typename Visit>
  void for_each_parameter(const btf_type& function, Visit&& visit) const {
    const btf_type* prototype = type(function.type);
    if (prototype == nullptr || !btf_is_func_proto(prototype)) return;
    const btf_param* parameter = btf_params(prototype);
    for (std::uint32_t i = 0; i < btf_vlen(prototype); ++i) visit(parameter[i].type);
  }
  void add_parameters(const btf_type& function, Reached& to) const {
    for_each_parameter(function, [&](std::uint32_t id) { to.add(id); });
  }
  void add_pointees(const btf_type& function) {
    for_each_parameter(function, [&](std::uint32_t id) { own_.add(pointee(id), &kernel_); });
  }

  // Sections of variables. Those of the kernel are externs in .ksyms.
  void add_variables(bool of_kernel) {
    for (std::uint32_t id = 1; id < btf__type_cnt(types_); ++id) {
      const btf_type* section = type(id);
      if (!btf_is_datasec(section) || (name_of(*section) == ".ksyms") != of_kernel) continue;
      const btf_var_secinfo* entry = btf_var_secinfos(section);
      for (std::uint32_t i = 0; i < btf_vlen(section); ++i) {
        const btf_type* variable = type(entry[i].type);
        if (variable == nullptr || !btf_is_var(variable)) continue;
        if (of_kernel) {
          kernel_.add(variable->type);
        } else if (name_of(*section) == ".maps") {
          add_map(bare(variable->type), /*may_hold_maps=*/true);
        } else {
          own_.add(variable->type);
          own_.add(pointee(variable->type), &kernel_);
        }
      }
    }
  }

  // The members of a map's definition point at the types of its key and value; a map in it has a
  // definition of its own.
  void add_map(std::uint32_t definition, bool may_hold_maps) {
    const btf_type* map = type(definition);
    if (map == nullptr || !btf_is_struct(map)) return;
    const btf_member* member = btf_members(map);
    for (std::uint32_t i = 0; i < btf_vlen(map); ++i) {
      const std::string_view name = name_of_member(member[i]);
      if (name == "key" || name == "value") own_.add(pointee(member[i].type));
      const btf_type* values = type(bare(member[i].type));
      if (name == "values" && may_hold_maps && values != nullptr && btf_is_array(values)) {
        add_map(pointee(btf_array(values)->type), /*may_hold_maps=*/false);
      }
    }
  }
  std::string_view name_of_member(const btf_member& member) const {
    const char* name = btf__name_by_offset(types_, member.name_off);
    return name == nullptr ? std::string_view() : name;
  }

  const btf* types_;
  Reached kernel_;
  Reached own_;
};

}  // namespace

std::vector<std::string> own_structs(const btf* types, std::span<const std::byte> ext,
                                     const std::set<std::string>& programs) {
  const Origins origins(types, ext, programs);
  std::vector<std::string> names;
  for (std::uint32_t id = 1; id < btf__type_cnt(types); ++id) {
    const btf_type* type = btf__type_by_id(types, id);
    const char* name = btf__name_by_offset(types, type->name_off);
    if (!btf_is_struct(type) || name == nullptr || *name == '\0') continue;
    if (origins.is_own(id)) names.emplace_back(name);
  }
  return names;
}

}  // namespace bpfmap::kernel
