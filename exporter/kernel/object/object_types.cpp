// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "kernel/elf/elf_check.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"
#include "kernel/types/btf_layout.h"
#include "kernel/types/own_structs.h"

// Types of an object by their names.
namespace bpfmap::kernel {
namespace {

Error sentence(std::string text) {
  return Error{.kind = ErrorKind::kConfiguration, .operation = std::move(text)};
}

std::vector<std::string> names_of_structs(const ObjectState& state) {
  const btf* types = bpf_object__btf(state.handle.get());
  if (types == nullptr) return {};
  std::set<std::string> programs;
  for (const ProgramInfo& program : state.programs) programs.insert(program.name);
  return own_structs(types, elf_section(state.bytes, ".BTF.ext"), programs);
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
                 suggestion(bare, names_of_structs(*state_)) +
                 "; clang leaves out structs that neither a map nor a global variable names (the "
                 "bytes of an event of such a struct: event: { size: N })"));
  }
  auto type = BtfLayout(types).type(static_cast<std::uint32_t>(id));
  if (!type) return type;
  if ((*type)->kind != TypeKind::kStruct) {
    return unexpected(sentence("'" + bare + "' in the BTF of " + state_->name + " is no struct"));
  }
  return type;
}

std::vector<std::string> Object::struct_names() const { return names_of_structs(*state_); }

}  // namespace bpfmap::kernel
