// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace bpfmap {

// Where an error is to be mended; decides the exit code of the process (see main.cpp).
enum class ErrorKind {
  kConfiguration,  // a configuration or an object is wrong: exit code 1
  kUsage,          // the command line is wrong: exit code 2
  kSystem,         // the system refuses (privilege, kernel feature, taken port): exit code 3
};

// What failed, on what, why, and what the reader can do about it. A value: copyable, owns its text.
struct Error {
  ErrorKind kind = ErrorKind::kSystem;
  std::string operation{};  // in the field's terms: "load program", "read map", "listen on"
  std::string subject{};    // its object: "count_packets (SEC(\"xdp\")) of packets.bpf.o"
  int code = 0;             // positive errno, 0 where there is none
  std::string detail{};     // more of the why, may have several lines (a verifier log's tail)
  std::string hint{};       // what now, empty where that is not known

  // "operation subject: errno in words: detail" and the hint on a line of its own.
  // No final newline.
  std::string message() const;
};

// "Operation not permitted (EPERM)"; knows the kernel's internal ENOTSUPP (524), which
// libc does not.
std::string errno_in_words(int code);

template <typename T>
using Result = tl::expected<T, Error>;

using tl::unexpected;

}  // namespace bpfmap
