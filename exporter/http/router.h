// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace bpfmap::http {

// Finds the handler for a method and a path, which match exactly or not at all. Immutable; any
// thread may ask.
class Router {
 public:
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Handler* handler = nullptr;  // owned by the router
    bool path_known = false;
    std::string allow;  // where the path is known and the method is not: the value of "Allow"
  };
  Match find(std::string_view method, std::string_view path) const;

 private:
  struct Entry {
    std::string path;
    std::vector<std::string> methods;
    Handler handler;
  };
  std::vector<Entry> entries_;
};

}  // namespace bpfmap::http
