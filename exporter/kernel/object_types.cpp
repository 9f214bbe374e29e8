// SPDX-License-Identifier: Apache-2.0
#include <string_view>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "kernel/btf_layout.h"
#include "kernel/object_state.h"

// Types of an object by their names.
namespace bpfmap::kernel {
namespace {

Error sentence(std::string text) {
  return Error{ErrorKind::kConfiguration, std::move(text), {}, 0, {}, {}};
}

std::vector<std::string> names_of_structs(const btf* types) {
  std::vector<std::string> names;
  for (std::uint32_t id = 1; id < btf__type_cnt(types); ++id) {
    const btf_type* type = btf__type_by_id(types, id);
    const char* name = btf__name_by_offset(types, type->name_off);
    if (btf_is_struct(type) && name != nullptr && *name != '\0') names.emplace_back(name);
  }
  return names;
}

}  // namespace

Result<TypePtr> Object::struct_type(const std::string& name) const {
  constexpr std::string_view kKeyword = "struct ";
  const std::string bare = name.starts_with(kKeyword) ? name.substr(kKeyword.size()) : name;
  const btf* types = bpf_object__btf(state_->handle.get());
  if (types == nullptr) {
    return unexpected(sentence(state_->name + " has no BTF to look for struct '" + bare +
                               "' in: compile it with clang -g"));
  }
  int id = btf__find_by_name_kind(types, bare.c_str(), BTF_KIND_STRUCT);
  if (id <= 0) id = btf__find_by_name_kind(types, bare.c_str(), BTF_KIND_TYPEDEF);
  if (id <= 0) {
    return unexpected(
        sentence("no struct '" + bare + "' in the BTF of " + state_->name +
                 suggestion(bare, names_of_structs(types)) +
                 "; clang leaves out structs that neither a map nor a global variable names"));
  }
  auto type = BtfLayout(types).type(static_cast<std::uint32_t>(id));
  if (!type) return type;
  if ((*type)->kind != TypeKind::kStruct) {
    return unexpected(sentence("'" + bare + "' in the BTF of " + state_->name + " is no struct"));
  }
  return type;
}

std::vector<std::string> Object::struct_names() const {
  const btf* types = bpf_object__btf(state_->handle.get());
  return types == nullptr ? std::vector<std::string>() : names_of_structs(types);
}

}  // namespace bpfmap::kernel
