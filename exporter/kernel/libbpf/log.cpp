// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace bpfmap::kernel {
namespace {

constexpr std::size_t kHeadBytes = 512;
constexpr std::string_view kPrefix = "libbpf: ";
constexpr std::size_t kTailBytes = 65536;

// libbpf's print function takes no context, so the way to the collector leads through the thread.
thread_local LibbpfLog* innermost = nullptr;

struct FreeText {
  void operator()(char* text) const { std::free(text); }
};

std::string format(const char* pattern, va_list arguments) {
  char* allocated = nullptr;
  const int length = vasprintf(&allocated, pattern, arguments);
  if (length < 0) return {};
  const std::unique_ptr<char, FreeText> owner(allocated);
  std::string text(allocated, static_cast<std::size_t>(length));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
  if (text.size() > kHeadBytes + kTailBytes) {
    text.replace(kHeadBytes, text.size() - kHeadBytes - kTailBytes, "\n...\n");
  }
  return text;
}

int receive(libbpf_print_level level, const char* pattern, va_list arguments) {
  std::string text = format(pattern, arguments);
  if (text.empty()) return 0;
  log::debug("libbpf", {{"text", text}});
  if (level == LIBBPF_WARN && innermost != nullptr) innermost->add(std::move(text));
  return 0;
}

}  // namespace

LibbpfLog::LibbpfLog() : outer_(innermost) {
  static std::once_flag installed;
  std::call_once(installed, [] { libbpf_set_print(receive); });
  innermost = this;
}

LibbpfLog::~LibbpfLog() { innermost = outer_; }

std::string libbpf_error_in_words(int code) {
  if (code < __LIBBPF_ERRNO__START) return {};
  char text[128] = "";
  libbpf_strerror(code, text, sizeof(text));
  return text;
}

}  // namespace bpfmap::kernel
