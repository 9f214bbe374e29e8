// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "host/symbol_table.h"

// The kernel's own list of its symbols.
namespace bpfmap::host {

inline constexpr const char* kKallsymsPath = "/kallsyms";  // in /proc
inline constexpr const char* kModulesPath = "/modules";    // in /proc

struct KernelSymbolList {
  SymbolTable table;
  // There are names, but all of their addresses read 0 (kernel.kptr_restrict, CAP_SYSLOG).
  bool is_hidden = false;
};

// Takes the text of /proc/kallsyms in pieces of any size: "ADDRESS TYPE NAME", and behind a tab
// "[MODULE]" for what is not part of the kernel itself ("bpf" for programs). Lines that look
// different are skipped, as are addresses of 0.
//
// Sizes are not told. A function reaches to whatever symbol begins next, and never further than the
// end of the kernel's text, than its module, or than 1 MiB.
class KallsymsParser {
 public:
  void add(std::string_view piece);

  // `modules` is the text of /proc/modules; without it modules end at the next symbol.
  KernelSymbolList finish(std::string_view modules = {});

 private:
  void add_line(std::string_view line);

  std::string rest_;  // of a line whose end is still to come
  std::vector<SymbolRow> rows_;
  SymbolNames names_;
  std::uint64_t lines_ = 0;
};

// Reads both files; an error where `path` cannot be read.
Result<KernelSymbolList> read_kallsyms(const std::string& path, const std::string& modules_path);

}  // namespace bpfmap::host
