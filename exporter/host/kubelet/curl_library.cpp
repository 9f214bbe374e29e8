// SPDX-License-Identifier: Apache-2.0
#include "host/kubelet/curl_library.h"

#include <dlfcn.h>

#include <string>

namespace bpfmap::host {
namespace {

constexpr const char* kFile = "libcurl.so.4";  // its binary interface since 2006

unexpected<Error> failure(std::string why) {
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = "load",
                          .subject = kFile,
                          .detail = std::move(why),
                          .hint = "Debian and Ubuntu: apt install libcurl4"});
}

std::string why_not() {
  const char* why = ::dlerror();  // NOLINT(concurrency-mt-unsafe): of this thread, in glibc
  return why == nullptr ? "" : why;
}

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<CurlLibrary> load() {
  // Never closed: the TLS library behind it has handlers that run at exit.
  void* library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return failure(why_not());
  CurlLibrary curl{};
  decltype(&::curl_global_init) global_init = nullptr;
  if (!find(library, "curl_global_init", global_init) ||
      !find(library, "curl_easy_init", curl.easy_init) ||
      !find(library, "curl_easy_cleanup", curl.easy_cleanup) ||
      !find(library, "curl_easy_setopt", curl.easy_setopt) ||
      !find(library, "curl_easy_perform", curl.easy_perform) ||
      !find(library, "curl_easy_getinfo", curl.easy_getinfo) ||
      !find(library, "curl_easy_strerror", curl.easy_strerror) ||
      !find(library, "curl_slist_append", curl.slist_append) ||
      !find(library, "curl_slist_free_all", curl.slist_free_all)) {
    return failure(why_not());
  }
  if (const CURLcode code = global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK) {
    return failure(curl.easy_strerror(code));
  }
  return curl;
}

}  // namespace

const Result<CurlLibrary>& curl_library() {
  static const Result<CurlLibrary> library = load();
  return library;
}

}  // namespace bpfmap::host
