// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bpfmap::kernel {

// A function in an ELF file, as a symbol of .symtab or .dynsym tells of it. The views last as long
// as the call that hands it out.
struct ElfFunction {
  std::string_view name;     // without its version
  std::string_view version;  // "GLIBC_2.34"; empty where it has none
  bool is_default = true;    // name@@version rather than name@version, or without one
  bool is_local = false;
  bool is_indirect = false;  // IFUNC: what is there chooses the function that is called
  std::uint64_t offset = 0;  // in the file
};

// Calls `visit` with every function that is defined in the file; those of both tables twice. The
// error has the path as its subject.
Result<void> visit_functions(const std::string& path,
                             const std::function<void(const ElfFunction&)>& visit);

}  // namespace bpfmap::kernel
