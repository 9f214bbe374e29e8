// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace bpfmap::kernel {

// Whether a name of a function stands for all that match it: with `*` or `?`, but for the `*` of a
// receiver's type in Go, main.(*Server).handle.
bool is_function_pattern(std::string_view symbol);

// Whether `*` and `?` of the pattern match the name. Everything else, Go's `(*` and brackets
// included, stands for itself.
bool matches_function_pattern(std::string_view pattern, std::string_view name);

// Finds functions by what users write. Remembers what it has found, so that files are read again
// only once they have changed. One thread at a time.
class FunctionFinder {
 public:
  // Offsets in the file at `path`, each once, in their order: of the function of that name, or of
  // all that match a pattern. name@VERSION chooses a version, otherwise it is the default one. An
  // error says in its detail what is wrong, as a sentence.
  using Offsets = Result<std::vector<std::uint64_t>>;
  Offsets find(const std::string& path, const std::string& symbol);

 private:
  std::map<std::string, Offsets> found_;  // by path, identity of the file, and name
};

}  // namespace bpfmap::kernel
