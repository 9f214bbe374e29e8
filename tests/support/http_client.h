// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::test {

struct HttpRequest {
  std::string path = "/";
  std::string method = "GET";
  std::vector<std::string> headers = {};  // "Accept-Encoding: gzip"
};

struct HttpResponse {
  int status = 0;                              // 0: there was no response
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // as it came, but for chunks, which are joined
  std::string header(const std::string& name) const;
};

// One request on a connection of its own, by HTTP/1.1. `url` is scheme, host and port, as the
// exporter prints them: "http://127.0.0.1:9435", "http://[::1]:9435", "unix:/run/x.sock". Blocks
// for half a minute at most.
HttpResponse send_request(const std::string& url, const HttpRequest& request);

// GET.
HttpResponse fetch(const std::string& url, const std::string& path);

// Text as the value of a parameter in a query.
std::string url_encoded(std::string_view text);

// What a gzip member holds; the test fails if it is not a whole one.
std::string gunzip(const std::string& bytes);

}  // namespace bpfmap::test
