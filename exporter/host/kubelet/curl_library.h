// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

#include "base/error.h"

namespace bpfmap::host {

// What is used of libcurl. It is not linked: with the thirty libraries that it brings it would be a
// quarter of the memory of a process that asks no kubelet.
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_perform) easy_perform;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
};

// Loads and initialises it at the first call, and keeps it, and the answer, for good. Thread-safe.
const Result<CurlLibrary>& curl_library();

}  // namespace bpfmap::host
