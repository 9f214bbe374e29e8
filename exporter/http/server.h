// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"

// The HTTP/1.1 server of the exporter: a few exact paths, answers from memory. It knows neither
// files nor forms.
//
// civetweb serves, with one worker thread per connection that it works on. Builds of it that
// distributions ship may lack IPv6 and Unix sockets (Debian 12's does), hence connections of these
// two kinds are taken by the module itself and relayed (see relay.h) to a private listener of
// civetweb's on 127.0.0.1 that serves the relay alone. The same is done where civetweb could do
// IPv6 itself, so that one path of the code is used and tested everywhere. IPv4 is direct.
namespace bpfmap::http {

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

// Made and destroyed by one thread; its own threads call the routes.
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
