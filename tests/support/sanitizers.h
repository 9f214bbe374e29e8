// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpfmap::test {

// Whether this is built with the address or the thread sanitizer: they slow down, and bring an
// allocator of their own.
constexpr bool is_instrumented() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
  return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
  return false;
#endif
}

// Whether it is the thread sanitizer, which has no threads in a child of a process with threads.
constexpr bool has_thread_sanitizer() {
#if defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
  return __has_feature(thread_sanitizer);
#else
  return false;
#endif
}

}  // namespace bpfmap::test
