// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <cstring>

namespace bpfmap {

std::string errno_in_words(int code) {
  // Leaks out of the kernel from BPF code paths although it is meant for NFS only.
  constexpr int kKernelNotSupported = 524;
  if (code == kKernelNotSupported) return "Operation not supported by the kernel (ENOTSUPP)";
  const char* words = strerrordesc_np(code);
  const char* name = strerrorname_np(code);
  if (words == nullptr || name == nullptr) return "error " + std::to_string(code);
  return std::string(words) + " (" + name + ")";
}

std::string Error::message() const {
  std::string text = operation;
  if (!subject.empty()) text += (text.empty() ? "" : " ") + subject;
  if (code != 0) text += ": " + errno_in_words(code);
  if (!detail.empty()) text += ": " + detail;
  if (!hint.empty()) text += "\n  hint: " + hint;
  return text;
}

}  // namespace bpfmap
