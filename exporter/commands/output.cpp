// SPDX-License-Identifier: Apache-2.0
#include "commands/output.h"

#include <cerrno>
#include <cstdio>
#include <iostream>

#include "commands/exit_codes.h"

namespace bpfmap::commands {

Result<void> print_text(const std::string& text) {
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (whole && std::fflush(stdout) == 0) return {};
  return tl::unexpected(Error{ErrorKind::kSystem, "write", "standard output", errno, {}, {}});
}

int report(const Error& error) {
  std::cerr << "bpfmap_exporter: error: " << error.message() << "\n";
  return exit_code_of(error);
}

std::string printable(std::string text) {
  constexpr char kDelete = 0x7f;
  for (char& c : text) {
    const bool is_control = (c >= 0 && c < ' ' && c != '\n') || c == kDelete;
    if (is_control) c = '?';
  }
  return text;
}

}  // namespace bpfmap::commands
