// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "http/own_sockets.h"
#include "http/socket_address.h"

struct mg_connection;
struct mg_context;

namespace bpfmap::http {

// What civetweb calls, from its worker threads. Nothing may throw.
class EngineEvents {
 public:
  virtual ~EngineEvents() = default;
  virtual void on_connection(const mg_connection* connection, bool opened) noexcept = 0;
  // A request with all of its headers. Has to answer it; the status is for civetweb's bookkeeping.
  virtual int on_request(mg_connection* connection) noexcept = 0;
  // A request that civetweb could not make out; the connection is closed after the answer.
  virtual void on_bad_request(mg_connection* connection, int status) noexcept = 0;
};

struct EngineOptions {
  std::vector<SocketAddress> listen;  // IPv4 only
  std::size_t request_buffer_bytes = 0;
  Duration request_timeout{};
  Duration keep_alive_timeout{};
  int threads = 0;
};

// One running civetweb: its listeners and threads. Its messages go to the log. Started, asked and
// stopped by one thread; its own threads call EngineEvents.
class Engine {
 public:
  // `events` has to outlive the engine and may be called before start() returns. Errors are "listen
  // on" ones, whose subject is the address that civetweb named; `code` is EADDRINUSE and the like.
  static Result<std::unique_ptr<Engine>> start(const EngineOptions& options, EngineEvents& events);

  // Whether connections wait to be accepted, which stop_accepting() would reset.
  bool has_backlog() const;

  // Connections that are open, whether a worker has them or they wait for one.
  int connections() const { return count_own_connections(addresses_); }

  // Refuses connections from now on, except those that wait for a worker already. Not for long, as
  // civetweb does not expect it and keeps a processor busy.
  void stop_accepting();

  // Reads no more requests. civetweb would wait for those of idle connections for two seconds.
  void hang_up() { hang_up_own_connections(addresses_); }

  // Refuses connections, stops and joins its threads. Running responses are cut, and connections
  // that wait for a worker are forgotten, still open: see to it first that there are none.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // In the order of EngineOptions::listen, with the real ports.
  const std::vector<SocketAddress>& addresses() const { return addresses_; }

 private:
  explicit Engine(EngineEvents& events) : events_(events) {}
  struct Callbacks;

  void launch(const EngineOptions& options);
  void learn_ports(const EngineOptions& options);
  Error start_error();
  bool keep_startup_message(const char* message);
  void finish_start();
  void find_listeners();

  EngineEvents& events_;
  mg_context* context_ = nullptr;
  std::vector<SocketAddress> addresses_;
  std::vector<int> listeners_;  // civetweb's sockets: borrowed
  Mutex mutex_;
  bool starting_ BPFMAP_GUARDED_BY(mutex_) = true;
  std::vector<std::string> startup_messages_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::http
