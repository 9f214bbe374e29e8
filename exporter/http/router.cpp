// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace bpfmap::http {
namespace {

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "GET, POST" -> {GET, HEAD, POST}
std::vector<std::string> split_methods(std::string_view text) {
  std::vector<std::string> methods;
  for (std::string_view method : split(text, ',')) {
    method.remove_prefix(std::min(method.find_first_not_of(' '), method.size()));
    methods.emplace_back(method);
    if (method == "GET") methods.emplace_back("HEAD");
  }
  return methods;
}

}  // namespace

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    entries_.push_back(
        {std::move(route.path), split_methods(route.methods), std::move(route.handler)});
  }
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  Match match;
  for (const Entry& entry : entries_) {
    if (entry.path != path) continue;
    if (contains(entry.methods, method)) return {&entry.handler, true, {}};
    match.path_known = true;
    for (const std::string& allowed : entry.methods) {
      if (!match.allow.empty()) match.allow += ", ";
      match.allow += allowed;
    }
  }
  return match;
}

}  // namespace bpfmap::http
