// SPDX-License-Identifier: Apache-2.0
#include "base/mounts.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/small_file.h"
#include "base/text.h"

namespace bpfmap {
namespace {

bool is_octal(std::string_view digits) {
  return digits.size() == 3 && digits.find_first_not_of("01234567") == std::string_view::npos;
}

// The kernel writes blanks and backslashes of paths as \040 and so on.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || !is_octal(text.substr(i + 1, 3))) {
      plain += text[i];
      continue;
    }
    plain +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
    i += 3;
  }
  return plain;
}

// "31 23 0:28 /root /point rw,... [optional fields] - type source options"
std::optional<Mount> parse_mount(std::string_view line) {
  const std::vector<std::string_view> words = split(line, ' ');
  const auto separator = std::find(words.begin(), words.end(), "-");
  if (separator - words.begin() < 6 || words.end() - separator < 4) return std::nullopt;
  return Mount{unescape(words[3]), unescape(words[4]), std::string(separator[1]),
               std::string(separator[3])};
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  for (const std::string_view line : split(mountinfo, '\n')) {
    if (auto mount = parse_mount(line)) mounts.push_back(*std::move(mount));
  }
  return mounts;
}

std::vector<Mount> own_mounts() {
  return parse_mounts(read_small_file("/proc/self/mountinfo").value_or(""));
}

}  // namespace bpfmap
