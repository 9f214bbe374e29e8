// SPDX-License-Identifier: Apache-2.0
#include "commands/output.h"

#include <cerrno>
#include <cstdio>
#include <iostream>

#include "base/exit_codes.h"

namespace bpfmap::commands {

Result<void> print_text(const std::string& text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (whole && std::fflush(stdout) == 0) return {};
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = "write",
                          .subject = "standard output",
                          .code = errno});
}

int report(const Error& error) {
  std::cerr << "bpfmap_exporter: error: " << error.message() << "\n";
  return exit_code_of(error);
}

}  // namespace bpfmap::commands
