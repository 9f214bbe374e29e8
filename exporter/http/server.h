// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

// The HTTP/1.1 server of the exporter: a few exact paths, answers from memory. It knows neither
// files nor forms.
//
// civetweb serves, with one worker thread per connection that it works on. Builds of it that
// distributions ship may lack IPv6 and Unix sockets (Debian 12's does), hence connections of these
// two kinds are taken by the module itself and relayed (see relay.h) to a private listener of
// civetweb's on 127.0.0.1 that serves the relay alone. The same is done where civetweb could do
// IPv6 itself, so that one path of the code is used and tested everywhere. IPv4 is direct.
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
  std::string authorization;
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
  std::vector<std::pair<std::string, std::string>>
      headers;  // more of them; left out if a line would break
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

struct ServerOptions {
  // ":9435" all addresses; "127.0.0.1:0"; "localhost:9435" (what it resolves to); "[::1]:0";
  // "[::]:9435" (IPv6, and IPv4 as well, like most programs on Linux); "0.0.0.0:9435" IPv4 only;
  // "unix:/run/x.sock". Port 0 takes a free one.
  std::vector<std::string> listen_addresses = {};
  unsigned unix_mode = 0660;  // of the files of Unix sockets
  // Request line and headers; more is answered by 431.
  std::size_t max_header_bytes = 16 << 10;
  // For a request to arrive whole, and for a stalled client to take more of its answer. A request
  // is cut after at most twice this; a stall is noticed within two seconds more.
  Duration request_timeout = std::chrono::seconds(10);
  // For a client to take the whole answer, however steadily it reads.
  Duration response_timeout = std::chrono::seconds(60);
  // How long an idle connection may wait for its next request while it holds a worker: longer than
  // scrapes are apart.
  Duration keep_alive_timeout = std::chrono::minutes(3);
  // For running responses to finish when the server stops.
  Duration stop_timeout = std::chrono::seconds(5);
  // Called when that time is over and some have not finished: ends what handlers and streams wait
  // for. Null: nothing does.
  std::function<void()> give_up = nullptr;
  // Workers, each of which serves one connection at a time: a client that stalls costs one until it
  // is cut. Connections are kept alive only while half of the workers or more are free, so that
  // idle ones never hold up others.
  int threads = 16;
  // Connections over IPv6 and Unix sockets at once; more wait in the kernel's backlog.
  std::size_t max_relayed_connections = 256;
};

class Server {
 public:
  // Listens on all addresses or on none. Errors: "listen on" with the address and errno (kSystem),
  // or kUsage for bad syntax. Threads that it starts block all signals; civetweb sets SIGPIPE to be
  // ignored in the whole process.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, std::vector<Route> routes);

  // Refuses new requests (503, or no connection), lets running ones finish within stop_timeout,
  // closes everything, removes the files of Unix sockets and joins all threads. Takes up to two
  // seconds more than stop_timeout, and as long as a handler takes to return. IPv4 connections that
  // wait for a worker even then are forgotten by civetweb 1.15: they close when the process ends.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // What it listens on, in the order of the options: "http://127.0.0.1:34567",
  // "http://[::1]:34567", "http://0.0.0.0:9435", "unix:/run/x.sock".
  const std::vector<std::string>& urls() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bpfmap::http
