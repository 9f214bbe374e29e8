// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/function_finder.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <set>
#include <utility>

#include "base/suggest.h"
#include "kernel/elf/elf_functions.h"

namespace bpfmap::kernel {
namespace {

constexpr std::size_t kMostRemembered = 256;
constexpr std::size_t kMostSuggestions = 100'000;

// A star that stands for anything, at that place of a pattern.
bool is_wildcard(std::string_view pattern, std::size_t at) {
  if (pattern[at] == '?') return true;
  return pattern[at] == '*' && (at == 0 || pattern[at - 1] != '(');
}

struct Wanted {
  std::string_view name;
  std::string_view version;  // empty: the default one
};

Wanted parse_symbol(std::string_view symbol) {
  const std::size_t at = symbol.find('@');
  if (at == std::string_view::npos || at == 0) return {symbol, {}};
  const std::size_t version = symbol.find_first_not_of('@', at);
  if (version == std::string_view::npos) return {symbol, {}};
  return {symbol.substr(0, at), symbol.substr(version)};
}

std::string in_hex(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

std::string version_suffix(const ElfFunction& function) {
  if (function.version.empty()) return {};
  return (function.is_default ? "@@" : "@") + std::string(function.version);
}

// The functions of one name, of which one is meant.
class Choice {
 public:
  explicit Choice(const Wanted& wanted) : wanted_(wanted) {}

  void add(const ElfFunction& function) {
    if (function.name != wanted_.name) return;
    spellings_.insert(std::string(function.name) + version_suffix(function));
    if (!wanted_.version.empty() && function.version != wanted_.version) return;
    const int rank = rank_of(function);
    if (rank < rank_) return;
    if (rank > rank_) offsets_.clear();
    if (rank > rank_) is_indirect_ = false;
    rank_ = rank;
    is_indirect_ = is_indirect_ || function.is_indirect;
    offsets_.insert(function.offset);
  }

  FunctionFinder::Offsets take() const {
    if (is_indirect_) return unexpected(indirect());
    if (offsets_.size() > 1) return unexpected(ambiguous());
    return std::vector<std::uint64_t>(offsets_.begin(), offsets_.end());
  }

  const std::set<std::string>& spellings() const { return spellings_; }

 private:
  // Linkers may leave versions out of .symtab, where all of them have one name then: what has the
  // default version comes before what has none.
  int rank_of(const ElfFunction& function) const {
    if (!wanted_.version.empty()) return 0;
    if (!function.is_default) return 0;
    if (!function.version.empty()) return 3;
    return function.is_local ? 1 : 2;
  }

  Error indirect() const {
    Error error{.kind = ErrorKind::kConfiguration};
    error.detail = "'" + std::string(wanted_.name) +
                   "' is an indirect function (IFUNC): what stands there runs once in a process, "
                   "and chooses the function that is called";
    error.hint =
        "name the function that it chooses on this machine (`nm BINARY` where symbols are not "
        "stripped), or give its offset";
    return error;
  }

  Error ambiguous() const {
    Error error{.kind = ErrorKind::kConfiguration};
    error.detail = "there are " + std::to_string(offsets_.size()) + " functions '" +
                   std::string(wanted_.name) + "', at the offsets";
    std::size_t said = 0;
    for (const std::uint64_t offset : offsets_) {
      if (++said > 4) break;
      error.detail += (said == 1 ? " " : ", ") + in_hex(offset);
    }
    if (offsets_.size() > said) error.detail += ", ...";
    error.hint = spellings_.size() > 1
                     ? "choose a version, such as " + *spellings_.rbegin()
                     : "choose one: `offset` without `symbol` is an offset in the file";
    return error;
  }

  Wanted wanted_;
  int rank_ = -1;
  bool is_indirect_ = false;
  std::set<std::uint64_t> offsets_;
  std::set<std::string> spellings_;  // those of this name with their versions
};

Error no_function(const std::string& path, const std::string& symbol, std::string more) {
  return Error{.kind = ErrorKind::kConfiguration,
               .code = ENOENT,
               .detail = "there is no function '" + symbol + "' in " + path + std::move(more)};
}

// Names that are near enough in length to be meant.
Error with_suggestion(const std::string& path, const std::string& symbol,
                      const std::set<std::string>& spellings) {
  std::vector<std::string> names(spellings.begin(), spellings.end());
  if (!names.empty()) return no_function(path, symbol, suggestion(symbol, names));
  std::set<std::string> near;
  static_cast<void>(visit_functions(path, [&](const ElfFunction& function) {
    const std::size_t longer = std::max(function.name.size(), symbol.size());
    const std::size_t shorter = std::min(function.name.size(), symbol.size());
    if (longer - shorter <= 3 && near.size() < kMostSuggestions) near.emplace(function.name);
  }));
  const std::string closest =
      closest_match(symbol, std::vector<std::string>(near.begin(), near.end()));
  return no_function(path, symbol, closest.empty() ? "" : " (did you mean '" + closest + "'?)");
}

FunctionFinder::Offsets find_one(const std::string& path, const std::string& symbol) {
  Choice choice(parse_symbol(symbol));
  Choice literal(Wanted{symbol, {}});
  auto visited = visit_functions(path, [&](const ElfFunction& function) {
    choice.add(function);
    literal.add(function);
  });
  if (!visited) return unexpected(std::move(visited.error()));
  for (const Choice* one : {&choice, &literal}) {
    auto offsets = one->take();
    if (!offsets || !offsets->empty()) return offsets;
  }
  return unexpected(with_suggestion(path, symbol, choice.spellings()));
}

FunctionFinder::Offsets find_all(const std::string& path, const std::string& pattern) {
  std::set<std::uint64_t> literal;
  std::set<std::uint64_t> matching;
  auto visited = visit_functions(path, [&](const ElfFunction& function) {
    if (function.is_indirect) return;
    if (function.name == pattern) literal.insert(function.offset);
    if (matches_function_pattern(pattern, function.name)) matching.insert(function.offset);
  });
  if (!visited) return unexpected(std::move(visited.error()));
  const std::set<std::uint64_t>& found = literal.empty() ? matching : literal;
  if (!found.empty()) return std::vector<std::uint64_t>(found.begin(), found.end());
  Error error = no_function(path, pattern, {});
  error.detail = "no function in " + path + " matches '" + pattern + "'";
  return unexpected(std::move(error));
}

std::string key_of(const std::string& path, const struct stat& info, const std::string& symbol) {
  const auto text = [](auto number) { return std::to_string(number) + ' '; };
  return text(info.st_dev) + text(info.st_ino) + text(info.st_size) + text(info.st_mtim.tv_sec) +
         text(info.st_mtim.tv_nsec) + path + '\n' + symbol;
}

}  // namespace

bool is_function_pattern(std::string_view symbol) {
  for (std::size_t i = 0; i < symbol.size(); ++i) {
    if (is_wildcard(symbol, i)) return true;
  }
  return false;
}

// Goes back to the last star where a name turns out not to match behind it.
bool matches_function_pattern(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;
  std::size_t behind_star = std::string_view::npos;
  std::size_t tried = 0;
  std::size_t in_name = 0;
  while (in_name < name.size()) {
    const bool left = at < pattern.size();
    if (left && is_wildcard(pattern, at) && pattern[at] == '*') {
      behind_star = ++at;
      tried = in_name;
    } else if (left && (is_wildcard(pattern, at) || pattern[at] == name[in_name])) {
      ++at;
      ++in_name;
    } else if (behind_star != std::string_view::npos) {
      at = behind_star;
      in_name = ++tried;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*' && is_wildcard(pattern, at)) ++at;
  return at == pattern.size();
}

FunctionFinder::Offsets FunctionFinder::find(const std::string& path, const std::string& symbol) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return unexpected(Error{.kind = ErrorKind::kConfiguration,
                            .operation = "read symbols of",
                            .subject = path,
                            .code = errno});
  }
  std::string key = key_of(path, info, symbol);
  if (const auto known = found_.find(key); known != found_.end()) return known->second;
  Offsets found = is_function_pattern(symbol) ? find_all(path, symbol) : find_one(path, symbol);
  if (found_.size() >= kMostRemembered) found_.clear();
  return found_.emplace(std::move(key), std::move(found)).first->second;
}

}  // namespace bpfmap::kernel
