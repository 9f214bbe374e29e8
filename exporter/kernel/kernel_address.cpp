// SPDX-License-Identifier: Apache-2.0
#include "kernel/kernel_address.h"

#include <cerrno>
#include <charconv>
#include <fstream>
#include <string_view>

namespace bpfmap::kernel {
namespace {

constexpr const char* kSymbols = "/proc/kallsyms";

Error address_error(const std::string& symbol, int code, std::string detail, std::string hint) {
  return Error{ErrorKind::kSystem, "find the address of", "kernel symbol '" + symbol + "'", code,
               std::move(detail),  std::move(hint)};
}

// "ffffffff81000000 T _stext" or "... t name	[module]".
bool is_line_of(std::string_view line, std::string_view symbol) {
  const std::size_t kind = line.find(' ');
  if (kind == std::string_view::npos || line.size() < kind + 3) return false;
  std::string_view name = line.substr(kind + 3);
  name = name.substr(0, name.find('\t'));
  return name == symbol;
}

}  // namespace

Result<std::uint64_t> kernel_address(const std::string& symbol) {
  std::ifstream file(kSymbols);
  if (!file) return tl::unexpected(address_error(symbol, errno, kSymbols, {}));
  std::string line;
  while (std::getline(file, line)) {
    if (!is_line_of(line, symbol)) continue;
    std::uint64_t address = 0;
    std::from_chars(line.data(), line.data() + line.size(), address, 16);
    if (address != 0) return address;
    return tl::unexpected(
        address_error(symbol, 0, std::string(kSymbols) + " shows no addresses to this process",
                      "run as root or with CAP_SYSLOG, and with kernel.kptr_restrict below 2"));
  }
  return tl::unexpected(
      address_error(symbol, 0, "there is none of that name in " + std::string(kSymbols), {}));
}

}  // namespace bpfmap::kernel
