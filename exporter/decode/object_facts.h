// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/object_info.h"

namespace bpfmap::decode {

// What an object's BTF has under the name of a struct: kernel::Object::struct_type().
using StructLookup = std::function<Result<kernel::TypePtr>(const std::string& name)>;

// What a configuration is compiled against: what an opened object says about itself. A view, so
// that tests can make one up.
struct ObjectFacts {
  std::string name;
  std::span<const kernel::ProgramInfo> programs;
  std::span<const kernel::MapInfo> maps;
  std::span<const kernel::GlobalInfo> globals;
  StructLookup structs = {};                  // none: no struct can be named
  std::vector<std::string> own_structs = {};  // kernel::Object::struct_names()
};

struct GlobalValue {
  std::string name;
  std::vector<std::byte> bytes;
  bool operator==(const GlobalValue&) const = default;
};

}  // namespace bpfmap::decode
