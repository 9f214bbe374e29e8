// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bpfmap::kernel {

// Which part of an object did not load, and why, as far as libbpf's messages tell.
struct LoadFailure {
  enum class What { kObject, kMap, kProgram };
  What what = What::kObject;
  std::string name;  // of the map or program
  // The tail of the verifier's log where there is one, otherwise libbpf's reasons.
  std::string detail;
  bool verifier = false;  // the verifier rejected it
};

// `warnings` are what libbpf printed during one bpf_object__load(), in order. The texts are those
// of libbpf 1.0 to 1.5: "prog 'NAME': ..." and "map 'NAME': failed to create: ...".
LoadFailure explain_load_failure(std::span<const std::string> warnings);

// The last lines of a verifier's log that say what was wrong, without its statistics: the report of
// kernels that write one, with the lines before it.
std::string verifier_tail(std::string_view log);

// libbpf's messages as one text: a line each, without the program's name that every one repeats.
std::string join_warnings(std::span<const std::string> warnings);

}  // namespace bpfmap::kernel
