// SPDX-License-Identifier: Apache-2.0
#include "app/named_object.h"

#include <filesystem>
#include <span>
#include <vector>

#include "app/builtin.h"
#include "base/suggest.h"

namespace bpfmap::app {
namespace {

// What people pass by mistake, and what they meant.
std::string hint_for_path(const std::string& path) {
  if (path.ends_with(".yaml") || path.ends_with(".yml")) {
    return "this is a configuration: name the object that it is for, or use check";
  }
  if (path.ends_with(".c")) return "compile it first: clang -target bpf -O2 -g -c";
  if (path.starts_with("/sys/fs/bpf/")) return "for a pinned map: inspect --pinned " + path;
  return {};
}

}  // namespace

std::optional<std::string> builtin_name(std::string_view object) {
  if (!object.starts_with(kBuiltinPrefix)) return std::nullopt;
  return std::string(object.substr(kBuiltinPrefix.size()));
}

Result<kernel::Object> open_builtin_object(const std::string& name, const std::string& kernel_btf) {
  if (const Builtin* builtin = find_builtin(name)) {
    const std::span<const char> bytes(builtin->object);
    return kernel::Object::open_memory(std::string(kBuiltinPrefix) + name, std::as_bytes(bytes),
                                       kernel_btf);
  }
  std::vector<std::string> known;
  for (const Builtin& builtin : builtins()) known.emplace_back(builtin.name);
  return unexpected(Error{.kind = ErrorKind::kConfiguration,
                          .operation = "find",
                          .subject = "the built-in object '" + name + "'",
                          .detail = "there is none of that name" + suggestion(name, known)});
}

Result<kernel::Object> open_named_object(const std::string& object) {
  if (const auto name = builtin_name(object)) return open_builtin_object(*name);
  auto opened = kernel::Object::open_file(object);
  if (opened) return opened;
  Error error = opened.error();
  if (error.hint.empty()) error.hint = hint_for_path(object);
  return unexpected(std::move(error));
}

}  // namespace bpfmap::app
