// SPDX-License-Identifier: Apache-2.0
#include "host/symbols/kallsyms.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <limits>
#include <utility>

#include "base/text.h"
#include "base/unique_fd.h"

namespace bpfmap::host {
namespace {

constexpr std::uint32_t kFunction = 1;  // until its size is known

// With or without 0x in front.
std::optional<std::uint64_t> parse_address(std::string_view digits) {
  if (digits.starts_with("0x")) digits.remove_prefix(2);
  return parse_u64(digits, 16);
}

bool is_function(std::string_view type) {
  return type == "t" || type == "T" || type == "w" || type == "W";
}

// Marks that the linker script puts behind the code of the kernel.
bool ends_text(std::string_view name) { return name == "_etext" || name == "_einittext"; }

struct ModuleRange {
  std::uint64_t begin;
  std::uint64_t end;
};

// "NAME SIZE USERS NEEDED-BY STATE ADDRESS", sorted by address here.
std::vector<ModuleRange> parse_modules(std::string_view text) {
  std::vector<ModuleRange> ranges;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    next_word(line);
    const auto size = parse_u64(next_word(line));
    for (int skipped = 0; skipped < 3; ++skipped) next_word(line);
    const auto begin = parse_address(next_word(line));
    if (size && begin && *begin != 0) ranges.push_back({*begin, *begin + *size});
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const ModuleRange& a, const ModuleRange& b) { return a.begin < b.begin; });
  return ranges;
}

// Where the module ends that `address` lies in; far away for what lies in none.
std::uint64_t end_of_module(const std::vector<ModuleRange>& modules, std::uint64_t address) {
  const auto behind = std::upper_bound(
      modules.begin(), modules.end(), address,
      [](std::uint64_t wanted, const ModuleRange& range) { return wanted < range.begin; });
  constexpr std::uint64_t kNowhere = std::numeric_limits<std::uint64_t>::max();
  if (behind == modules.begin() || address >= std::prev(behind)->end) return kNowhere;
  return std::prev(behind)->end;
}

// From the end, so that what begins next is known.
void set_sizes(std::vector<SymbolRow>& rows, const std::vector<ModuleRange>& modules,
               const SymbolNames& names) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  std::uint64_t next = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t i = rows.size(); i-- > 0;) {
    SymbolRow& row = rows[i];
    if (i + 1 < rows.size() && rows[i + 1].address != row.address) next = rows[i + 1].address;
    if (row.size == 0) continue;
    if (ends_text(names.at(row.name)) && row.module == 0) {
      row.size = 0;
      continue;
    }
    std::uint64_t end = next;
    if (row.module != 0) end = std::min(end, end_of_module(modules, row.address));
    row.size = static_cast<std::uint32_t>(std::min(end - row.address, kMostBytes));
  }
}

Result<void> read_pieces(const std::string& path,
                         const std::function<void(std::string_view)>& take) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto failed = [&] {
    return unexpected(
        Error{.kind = ErrorKind::kSystem, .operation = "read", .subject = path, .code = errno});
  };
  if (!fd) return failed();
  std::vector<char> block(std::size_t{1} << 16);
  while (true) {
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got == 0) return {};
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed();
    take({block.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace

void KallsymsParser::add(std::string_view piece) {
  while (true) {
    const std::size_t end = piece.find('\n');
    if (end == std::string_view::npos) break;
    if (rest_.empty()) {
      add_line(piece.substr(0, end));
    } else {
      rest_ += piece.substr(0, end);
      add_line(std::exchange(rest_, {}));
    }
    piece.remove_prefix(end + 1);
  }
  constexpr std::size_t kLongestLine = 4096;
  if (rest_.size() < kLongestLine) rest_ += piece;
}

void KallsymsParser::add_line(std::string_view line) {
  const auto address = parse_address(next_word(line));
  const std::string_view type = next_word(line);
  const std::string_view name = next_word(line);
  std::string_view module = next_word(line);
  if (!address || type.size() != 1 || name.empty()) return;
  ++lines_;
  if (*address == 0 || names_.is_full()) return;
  if (module.starts_with('[') && module.ends_with(']'))
    module = module.substr(1, module.size() - 2);
  rows_.push_back({*address, is_function(type) ? kFunction : 0, names_.add(name),
                   module.empty() ? std::uint16_t{0} : names_.add_module(module)});
}

KernelSymbolList KallsymsParser::finish(std::string_view modules) {
  if (!rest_.empty()) add_line(std::exchange(rest_, {}));
  const auto is_below = [](const SymbolRow& a, const SymbolRow& b) {
    return a.address < b.address;
  };
  // Without modules the kernel's list is in order.
  if (!std::is_sorted(rows_.begin(), rows_.end(), is_below)) {
    std::stable_sort(rows_.begin(), rows_.end(), is_below);
  }
  set_sizes(rows_, parse_modules(modules), names_);
  KernelSymbolList list;
  list.is_hidden = lines_ > 0 && rows_.empty();
  list.table = SymbolTable(std::move(rows_), std::move(names_));
  return list;
}

Result<KernelSymbolList> read_kallsyms(const std::string& path, const std::string& modules_path) {
  KallsymsParser parser;
  auto read = read_pieces(path, [&](std::string_view piece) { parser.add(piece); });
  if (!read) return unexpected(read.error());
  std::string modules;
  // A kernel without modules has no such file.
  static_cast<void>(read_pieces(modules_path, [&](std::string_view piece) { modules += piece; }));
  return parser.finish(modules);
}

}  // namespace bpfmap::host
