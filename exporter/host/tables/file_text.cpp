// SPDX-License-Identifier: Apache-2.0
#include "host/tables/file_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/unique_fd.h"

namespace bpfmap::host {
namespace {

// Room for NameTable::kMaxRows lines of the longest names of devices.
constexpr std::size_t kMaxFileBytes = 8 << 20;

template <typename Number>
std::optional<Number> parse_whole(std::string_view word, int base) {
  Number number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number, base);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::nullopt;
  std::string text;
  char block[16384];
  while (text.size() < kMaxFileBytes) {
    const ssize_t got = ::read(fd.get(), block, sizeof(block));
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    text.append(block, static_cast<std::size_t>(got));
  }
  if (text.size() >= kMaxFileBytes) text.resize(text.rfind('\n') + 1);  // no half of a name
  return text;
}

std::string_view next_part(std::string_view& line, char separator) {
  const std::string_view part = line.substr(0, line.find(separator));
  line.remove_prefix(std::min(part.size() + 1, line.size()));
  return part;
}

std::string_view next_line(std::string_view& text) { return next_part(text, '\n'); }

std::string_view next_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::uint32_t> parse_u32(std::string_view word, int base) {
  return parse_whole<std::uint32_t>(word, base);
}

std::optional<std::uint64_t> parse_u64(std::string_view word, int base) {
  return parse_whole<std::uint64_t>(word, base);
}

bool FileChange::operator()() {
  struct stat found {};
  std::optional<Stamp> now;
  if (::stat(path_.c_str(), &found) == 0) {
    now = Stamp{found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec,
                found.st_mtim.tv_nsec};
  }
  const std::optional<Stamp> before = std::exchange(last_, now);
  return !now || now != before;
}

}  // namespace bpfmap::host
