// SPDX-License-Identifier: Apache-2.0
#include "http/query.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace bpfmap::http {
namespace {

// The byte that two hexadecimal digits at the beginning of `text` stand for, or -1.
int byte_of(std::string_view text) {
  if (text.size() < 2) return -1;
  int byte = 0;
  const char* end = text.data() + 2;
  // Signs are no digits, but from_chars() takes them.
  if (text[0] == '-' || std::from_chars(text.data(), end, byte, 16).ptr != end) return -1;
  return byte;
}

std::string decoded(std::string_view text) {
  std::string all;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int byte = text[at] == '%' ? byte_of(text.substr(at + 1)) : -1;
    if (byte >= 0) {
      all += static_cast<char>(byte);
      at += 2;
    } else {
      all += text[at] == '+' ? ' ' : text[at];
    }
  }
  return all;
}

}  // namespace

std::vector<std::string> query_values(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::string_view key = pair.substr(0, pair.find('='));
    if (decoded(key) != name) continue;
    values.push_back(decoded(pair.substr(std::min(key.size() + 1, pair.size()))));
  }
  return values;
}

}  // namespace bpfmap::http
