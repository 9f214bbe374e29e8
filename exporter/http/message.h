// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

// Requests, responses and what makes the one of the other.
namespace bpfmap::http {

// A request without its body: small bodies are read and dropped, larger ones refused (413).
struct Request {
  std::string method;  // "GET", "HEAD", "POST", ...
  std::string path;    // as sent, neither decoded nor cleaned, without the query
  std::string query;   // behind '?', as sent
  // The headers of these names, empty where absent. Several lines of one are a list, with commas
  // (RFC 9110, 5.3).
  std::string accept;
  std::string accept_encoding;
  std::string scrape_timeout;  // X-Prometheus-Scrape-Timeout-Seconds
  bool head = false;           // HEAD: answer as for GET, the body is not sent
};

// A body that is made while it is sent. One thread at a time.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // The next piece, valid until the next call; empty behind the last. An error before anything
  // was sent makes it a 500; after that the connection is cut, by which the client can tell that
  // something is missing. Both go to the log.
  virtual Result<std::string_view> next() = 0;
};

// The body is `text` followed by `pieces`, or a stream, which is sent in chunks (RFC 9112, 7.1),
// and to clients of HTTP/1.0 once it is whole. Content-Length, Date, Connection, and for HTML
// X-Content-Type-Options are added by the server; nothing tells its name.
struct Response {
  int status = 200;
  std::string content_type;      // empty: none
  std::string content_encoding;  // empty: identity
  // More of them; left out if a line would break.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string text;
  std::vector<std::string_view> pieces;
  std::shared_ptr<BodyStream> stream;  // null: none
  std::shared_ptr<const void> owner;   // keeps what `pieces` point at, until the last byte is sent
};

// Called from several worker threads at once. What it throws becomes a 500 and a line in the log.
using Handler = std::function<Response(const Request&)>;

struct Route {
  std::string path;     // matched exactly, after the query was cut
  std::string methods;  // "GET" (which implies HEAD), "POST", "GET, POST"
  Handler handler;
};

}  // namespace bpfmap::http
