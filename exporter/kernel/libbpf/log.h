// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bpfmap::kernel {

// What libbpf says while it works: its messages are the only place where many of its reasons are
// found. While an instance lives, warnings that libbpf prints on this thread are collected in it;
// instances nest, the innermost collects. Everything libbpf prints goes to log::debug too and
// nowhere else: the first instance takes libbpf's output away from stderr for the rest of the
// process. To be created, asked and destroyed on one thread.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // In the order they came, without "libbpf: " and final newline. Of a long message (a verifier's
  // log may have megabytes) the beginning and the end.
  const std::vector<std::string>& warnings() const { return warnings_; }
  void add(std::string warning) { warnings_.push_back(std::move(warning)); }

 private:
  LibbpfLog* outer_;
  std::vector<std::string> warnings_;
};

// "Operation not permitted" is errno's to say; libbpf's own codes beyond errno's have words of
// their own. Empty for codes of errno.
std::string libbpf_error_in_words(int code);

}  // namespace bpfmap::kernel
